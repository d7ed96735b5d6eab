from tests.helpers.stub_firmware import large_stub_elf, stub_elf

__all__ = ["large_stub_elf", "stub_elf"]
