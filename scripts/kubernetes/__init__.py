"""A real Kubernetes of several nodes on this machine, for tests: `python -m scripts.kubernetes --help`.

Kubernetes is built from Debian's source package (`build.py`), once. containerd, runc, etcd and the CNI
plugins are Debian's packages. Nothing is installed. The control plane and each node is a set of name spaces
of its own (network, mounts, processes, IPC, host name; `machine.py` makes it, `inside.py` is its first
process): what they mount, start and plug in ends with that process. And that ends with the one that runs the
cluster (`serving.py`), so that nothing stays whatever ends it, but for empty cgroups and the folder: the next
`up` or `down` removes them.
"""
