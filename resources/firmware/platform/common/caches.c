/* Caches of the Cortex-M7, invalidated and switched on. Nothing but the core touches memory in this firmware,
 * so nothing needs to be kept coherent. Sequence: Cortex-M7 TRM (DDI 0489), 3.7; Armv7-M ARM B2.2.7. */
#include "core.h"
#include "registers.h"

#if HAS_CACHES

#define LINE_SHIFT 5u
#define WAY_SHIFT 30u /* 4 ways: the way's number is in the topmost two bits */

void caches_start(void)
{
    SCB_ICIALLU = 0;
    SCB_CSSELR = 0; /* level 1 data cache */
    __asm volatile("dsb\n isb" ::: "memory");
    uint32_t size = SCB_CCSIDR;
    uint32_t sets = (size >> 13 & 0x7FFFu) + 1u;
    uint32_t ways = (size >> 3 & 0x3FFu) + 1u;
    for (uint32_t set = 0; set < sets; set++) {
        for (uint32_t way = 0; way < ways; way++) {
            SCB_DCISW = way << WAY_SHIFT | set << LINE_SHIFT;
        }
    }
    __asm volatile("dsb" ::: "memory");
    SCB_CCR |= CCR_IC | CCR_DC;
    __asm volatile("dsb\n isb" ::: "memory");
}

#endif
