"""Sandboxes that are pods of a Kubernetes cluster: the same API beyond one machine."""
