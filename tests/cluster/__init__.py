"""
A real Kubernetes API in a box, for the demo, the tests and the benchmarks.

It is etcd, kube-apiserver and kube-controller-manager on 127.0.0.1, as their makers publish them, with a registry and a
node where a test wants them. Layers, each of which knows only those before it:

errors              what can go wrong, as types
toolchain           a Go that is new enough
cgroups             those of a node
capabilities        what its starter has to be allowed
watcher             ends and removes what a dead parent left
binaries            where each program is, or how it is built
pki, kubeconfig     certificates, tokens and the files that clients read
connections, client requests to the API server, dicts in and out
processes           start, watch and end one component
launcher            start some of them in a directory of their own, at a free port, and end them
control_plane       flags, order of start, readiness
users               identities with real RBAC
cluster             what a test or the demo holds
token_server        lets the users of a registry in that takes bearer tokens
registry, images    where Pods pull from, and what
containerd, kubelet files and flags of a node
namespaces, service what a node's programs see, and how they are started on it
node                what a test holds whose Pods run
state               clusters that outlive their starter
__main__            the command line
pytest_plugin       the fixtures

Nothing is imported here, so that the watcher starts in milliseconds.
"""
