"""The agent: the first process of a pod, which runs what a gateway asks for. It needs Python alone.

It runs in the pod, from a copy of this folder, with nothing of the packages around it.
"""
