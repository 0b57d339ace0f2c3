"""The front end that `# syntax=docker/dockerfile:1` asks for: it passes on to the engine's own.

BuildKit runs it in a container and serves it gRPC on standard input and output: the service
`moby.buildkit.v1.frontend.LLBBridge`, in BuildKit's `frontend/gateway/pb/gateway.proto`.
"""
