"""Kernel programs to bundle bytes."""

from edgert_compiler.emit.bundle import BundleInfo, Segment, emit_bundle

__all__ = ["BundleInfo", "Segment", "emit_bundle"]
