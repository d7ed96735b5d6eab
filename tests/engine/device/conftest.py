from tests.helpers.fake_pyocd import fake_pyocd
from tests.helpers.fake_tools import fake_tools
from tests.helpers.plain_elf import three_sector_elf
from tests.helpers.stub_firmware import large_stub_elf, stub_elf

__all__ = ["fake_pyocd", "fake_tools", "large_stub_elf", "stub_elf", "three_sector_elf"]
