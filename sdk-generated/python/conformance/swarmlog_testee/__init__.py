"""The Python SDK as the conformance suite drives it, see testee.proto."""
