"""Classes: how courses are taught."""
