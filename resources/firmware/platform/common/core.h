/* Registers of the core. v7: Armv7-M ARM (DDI 0403E). v6: Armv6-M ARM (DDI 0419). PM: PM0214 rev 10 (M4),
 * whose sections PM0253 (M7) and PM0223 (M0+) repeat. */
#ifndef CORE_H
#define CORE_H

#include "platform.h"

#define NVIC_ISER(n) REGISTER(0xE000E100 + 4u * (n)) /* PM 4.3.2; v6 B3.4.3 */
#define NVIC_ICPR(n) REGISTER(0xE000E280 + 4u * (n)) /* PM 4.3.5; v6 B3.4.6 */
#define SYST_CSR REGISTER(0xE000E010)                /* PM 4.5.1; v6 B3.3.3 */
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_TICKINT (1u << 1)
#define SYST_CSR_CLKSOURCE (1u << 2)
#define SYST_RVR REGISTER(0xE000E014)                /* PM 4.5.2; v6 B3.3.4 */
#define SYST_RVR_MAXIMUM 0xFFFFFFu
#define SYST_CVR REGISTER(0xE000E018)                /* PM 4.5.3; v6 B3.3.5 */
#define SCB_ICSR REGISTER(0xE000ED04)                /* PM 4.4.3; v6 B3.2.4 */
#define ICSR_PENDSTCLR (1u << 25)
#define SCB_AIRCR REGISTER(0xE000ED0C)               /* PM 4.4.5; v6 B3.2.6 */
#define AIRCR_KEY (0x5FAu << 16)
#define AIRCR_SYSRESETREQ (1u << 2)
#define SCB_SCR REGISTER(0xE000ED10)                 /* PM 4.4.6; v6 B3.2.7 */
#define SCR_SEVONPEND (1u << 4)

#define DEMCR REGISTER(0xE000EDFC)      /* v7 C1.6.5 */
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL REGISTER(0xE0001000)   /* v7 C1.8.7 */
#define DWT_CTRL_CYCCNTENA (1u << 0)
#define DWT_CYCCNT REGISTER(0xE0001004) /* v7 C1.8.8 */
#define DWT_LAR REGISTER(0xE0001FB0)    /* CoreSight Architecture (IHI 0029), software lock: the M7 implements it */
#define DWT_LAR_KEY 0xC5ACCE55u

/* Cortex-M7 caches: v7 B3.2.8, B4.8.3 and B2.2.7 */
#define SCB_CCR REGISTER(0xE000ED14)
#define CCR_DC (1u << 16)
#define CCR_IC (1u << 17)
#define SCB_CCSIDR REGISTER(0xE000ED80)
#define SCB_CSSELR REGISTER(0xE000ED84)
#define SCB_ICIALLU REGISTER(0xE000EF50)
#define SCB_DCISW REGISTER(0xE000EF60)

#endif
