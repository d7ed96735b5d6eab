/* Time on the RP2040, which has neither a DWT nor a 32-bit timer at the core's clock.
 *
 * SysTick counts the core's cycles in 24 bits and wraps every 0.13 s at 125 MHz. The timer counts microseconds from
 * the same oscillator, so that it tells which wrap it is: of all numbers that end in SysTick's 24 bits, the count is
 * the one nearest to what the microseconds say.
 */
#include "core.h"
#include "registers.h"

#define SPARE_BITS 8u /* of 32 beyond SysTick's 24 */

static uint32_t started_us;
static uint32_t cycles_per_us;

void cycle_counter_start(void)
{
    cycles_per_us = clock_hz() / 1000000u;
    SYST_CSR = 0;
    SYST_RVR = SYST_RVR_MAXIMUM;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_ENABLE;
    started_us = TIMER_RAW_LOW;
}

uint32_t cycle_counter_read(void)
{
    uint32_t counted = SYST_RVR_MAXIMUM - SYST_CVR;
    uint32_t estimate = (TIMER_RAW_LOW - started_us) * cycles_per_us;
    int32_t difference = (int32_t)((counted - estimate) << SPARE_BITS) >> SPARE_BITS;
    return estimate + (uint32_t)difference;
}

/* The timer runs since clock_raise. */
void microseconds_start(void)
{
}

uint32_t microseconds_read(void)
{
    return TIMER_RAW_LOW;
}
