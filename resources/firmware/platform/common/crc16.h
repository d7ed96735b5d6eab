/* CRC-16/CCITT-FALSE: polynomial 0x1021, initial value 0xFFFF, not reflected, no final XOR. */
#ifndef CRC16_H
#define CRC16_H

#include <stdint.h>

#define CRC16_INITIAL 0xFFFFu

/* The checksum after one more byte. */
uint16_t crc16_add(uint16_t crc, uint8_t byte);

#endif
