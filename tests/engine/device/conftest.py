from tests.helpers.fake_pyocd import fake_pyocd
from tests.helpers.stub_firmware import large_stub_elf, stub_elf

__all__ = ["fake_pyocd", "large_stub_elf", "stub_elf"]
