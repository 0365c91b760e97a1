"""Kernel programs to bundle bytes."""

from edgert.compiler.emit.bundle import BundleInfo, emit_bundle

__all__ = ["BundleInfo", "emit_bundle"]
