#include "crc16.h"

/* The eight shift steps of the polynomial x^16 + x^12 + x^5 + 1 folded into four shifts, since its taps
 * are 12, 5 and 0: no table, and quick enough for a serial port. */
uint16_t crc16_add(uint16_t crc, uint8_t byte)
{
    uint32_t x = (uint32_t)(crc >> 8) ^ byte;
    x ^= x >> 4;
    return (uint16_t)((uint32_t)(crc << 8) ^ (x << 12) ^ (x << 5) ^ x);
}
