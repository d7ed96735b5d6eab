/* The boot block: what the RP2040's ROM copies from the first 256 bytes of flash to RAM and starts there, if the
 * checksum in its last word is right. DS: RP2040 Datasheet 2.8.1.3; flash: W25Q16JV rev H.
 *
 * It switches the flash from one data line to four, without a command byte before each address, and enters the
 * program. It runs from another address than it is linked for, so nothing here may refer to an address in flash but
 * the vector table's, which is given as a number.
 */
#include "registers.h"

#define IN_BLOCK __attribute__((section(".boot_block"), noinline))
#define VECTORS 0x10000100u
#define SCB_VTOR REGISTER(0xE000ED08)

/* Flash interface (SSI), DS 4.10.13; everything but data is written while it is off */
#define SSI_CTRLR0 REGISTER(0x18000000)
#define CTRLR0_FRAME_BITS(bits) (((bits) - 1u) << 16)
#define CTRLR0_FOUR_LINES (2u << 21)
#define CTRLR0_SEND_AND_RECEIVE (0u << 8)
#define CTRLR0_SEND_THEN_RECEIVE (3u << 8)
#define SSI_CTRLR1 REGISTER(0x18000004)
#define SSI_SSIENR REGISTER(0x18000008)
#define SSI_BAUDR REGISTER(0x18000014)
#define SSI_RXFLR REGISTER(0x18000024)
#define SSI_SR REGISTER(0x18000028)
#define SR_BUSY (1u << 0)
#define SR_ALL_SENT (1u << 2)
#define SSI_DR0 REGISTER(0x18000060)
#define SSI_RX_SAMPLE_DLY REGISTER(0x180000F0)
#define SSI_SPI_CTRLR0 REGISTER(0x180000F4)
#define SPI_COMMAND_ON_ONE_LINE (1u << 0)
#define SPI_ALL_ON_FOUR_LINES (2u << 0)
#define SPI_ADDRESS_BITS(bits) ((bits) / 4u << 2)
#define SPI_COMMAND_8_BITS (2u << 8)
#define SPI_WAIT_CYCLES(cycles) ((cycles) << 11)
#define SPI_MODE_BITS(bits) ((bits) << 24)

#define CLOCK_DIVISOR 2u  /* 62.5 MHz at 125 MHz; the flash takes 133 MHz */
#define SAMPLE_DELAY 1u   /* a clock later than the edge: the way out and back takes time */

/* Commands, W25Q16JV 8.1.2 and 8.2; the low byte goes first */
#define READ_STATUS_1 0x05u
#define STATUS_1_BUSY (1u << 0)
#define READ_STATUS_2 0x35u
#define STATUS_2_QUAD (1u << 1)
#define WRITE_ENABLE 0x06u
#define WRITE_STATUS 0x01u
#define FAST_READ_QUAD 0xEBu
#define MODE_CONTINUES 0xA0u /* 8.2.14: the next read begins with its address */
#define READ_WAIT_CYCLES 4u

/* Sends `count` bytes and returns what came back with the last one. */
IN_BLOCK static uint32_t transfer(uint32_t bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        SSI_DR0 = bytes & 0xFFu;
        bytes >>= 8;
    }
    while (SSI_RXFLR < count) {
    }
    uint32_t received = 0;
    for (uint32_t i = 0; i < count; i++) {
        received = SSI_DR0;
    }
    return received;
}

__attribute__((section(".boot_block.entry"), used, noreturn)) void boot_block(void)
{
    SSI_SSIENR = 0;
    SSI_BAUDR = CLOCK_DIVISOR;
    SSI_RX_SAMPLE_DLY = SAMPLE_DELAY;
    SSI_CTRLR0 = CTRLR0_FRAME_BITS(8u) | CTRLR0_SEND_AND_RECEIVE;
    SSI_SSIENR = 1;
    if ((transfer(READ_STATUS_2, 2) & STATUS_2_QUAD) == 0) { /* once in the flash's life: it keeps this */
        transfer(WRITE_ENABLE, 1);
        transfer(WRITE_STATUS | STATUS_2_QUAD << 16, 3);
        while ((transfer(READ_STATUS_1, 2) & STATUS_1_BUSY) != 0) {
        }
    }
    SSI_SSIENR = 0;
    SSI_CTRLR0 = CTRLR0_FOUR_LINES | CTRLR0_FRAME_BITS(32u) | CTRLR0_SEND_THEN_RECEIVE;
    SSI_CTRLR1 = 0; /* one frame */
    uint32_t layout = SPI_ADDRESS_BITS(32u) | SPI_WAIT_CYCLES(READ_WAIT_CYCLES); /* 24 bits of address, 8 of mode */
    SSI_SPI_CTRLR0 = layout | SPI_COMMAND_8_BITS | SPI_COMMAND_ON_ONE_LINE;
    SSI_SSIENR = 1;
    SSI_DR0 = FAST_READ_QUAD; /* one read with its command, of address 0 */
    SSI_DR0 = MODE_CONTINUES;
    while ((SSI_SR & (SR_ALL_SENT | SR_BUSY)) != SR_ALL_SENT) {
    }
    SSI_SSIENR = 0;
    SSI_SPI_CTRLR0 = layout | SPI_MODE_BITS(MODE_CONTINUES) | SPI_ALL_ON_FOUR_LINES;
    SSI_SSIENR = 1;
    SCB_VTOR = VECTORS;
    __asm volatile("ldmia %0!, {r1, r2}\n msr msp, r1\n bx r2" ::"l"(VECTORS) : "r1", "r2");
    __builtin_unreachable();
}
