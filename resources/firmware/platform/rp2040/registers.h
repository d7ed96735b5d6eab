/* Registers of the RP2040 that the platform uses. DS: RP2040 Datasheet, build 2024-10. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"

#define PORT_HEADER "pl011.h"

#define HAS_DWT 0
#define HAS_TIM2 0
#define HAS_CACHES 0
#define INTERRUPT_COUNT 26 /* DS 2.3.2 */

/* Resets of subsystems, DS 2.14.3 */
#define RESETS_RESET REGISTER(0x4000C000)
#define RESETS_DONE REGISTER(0x4000C008)
#define RESETS_IO_BANK0 (1u << 5)
#define RESETS_PADS_BANK0 (1u << 8)
#define RESETS_PLL_SYS (1u << 12)
#define RESETS_TIMER (1u << 21)
#define RESETS_UART0 (1u << 22)
#define RESETS_UART1 (1u << 23)

/* Clocks, DS 2.15.7. A glitchless switch shows the source that it has reached as a bit of SELECTED. */
#define CLK_REF_CTRL REGISTER(0x40008030)
#define CLK_REF_SELECTED REGISTER(0x40008038)
#define CLK_REF_ROSC 0u
#define CLK_REF_XOSC 2u
#define CLK_SYS_CTRL REGISTER(0x4000803C)     /* AUXSRC in 7:5: 0 is the PLL */
#define CLK_SYS_DIV REGISTER(0x40008040)      /* integer part from bit 8 on */
#define CLK_SYS_SELECTED REGISTER(0x40008044)
#define CLK_SYS_REF 0u
#define CLK_SYS_AUX 1u
#define CLK_PERI_CTRL REGISTER(0x40008048)    /* AUXSRC in 7:5: 0 is clk_sys */
#define CLK_PERI_ENABLE (1u << 11)
#define CLK_SYS_RESUS_CTRL REGISTER(0x40008078)

/* Crystal oscillator, DS 2.16.7 */
#define XOSC_CTRL REGISTER(0x40024000)
#define XOSC_CTRL_1_15_MHZ 0xAA0u
#define XOSC_CTRL_ENABLE (0xFABu << 12)
#define XOSC_STATUS REGISTER(0x40024004)
#define XOSC_STATUS_STABLE (1u << 31)
#define XOSC_STARTUP REGISTER(0x4002400C)

/* System PLL, DS 2.18.4 */
#define PLL_CS REGISTER(0x40028000)           /* REFDIV in 5:0 */
#define PLL_CS_LOCK (1u << 31)
#define PLL_PWR REGISTER(0x40028004)
#define PLL_PWR_PD (1u << 0)
#define PLL_PWR_POSTDIVPD (1u << 3)
#define PLL_PWR_VCOPD (1u << 5)
#define PLL_FBDIV REGISTER(0x40028008)
#define PLL_PRIM REGISTER(0x4002800C)         /* POSTDIV1 in 18:16, POSTDIV2 in 14:12 */

/* Pins: function select DS 2.19.6.1, pads DS 2.19.6.3 */
#define GPIO_CTRL(pin) REGISTER(0x40014004 + 8u * (pin))
#define PAD(pin) REGISTER(0x4001C004 + 4u * (pin))
#define PAD_SCHMITT (1u << 1)
#define PAD_PULL_UP (1u << 3)
#define PAD_DRIVE_4MA (1u << 4)
#define PAD_INPUT (1u << 6)

/* Timer in microseconds, DS 4.6.5 */
#define TIMER_RAW_LOW REGISTER(0x40054028)

/* Watchdog, DS 4.7.6; its tick also feeds the timer: DS 4.7.2 */
#define WATCHDOG_CTRL REGISTER(0x40058000)
#define WATCHDOG_CTRL_TRIGGER (1u << 31)
#define WATCHDOG_REASON REGISTER(0x40058008)
#define WATCHDOG_REASON_TIMER (1u << 0)
#define WATCHDOG_REASON_FORCE (1u << 1)
#define WATCHDOG_TICK REGISTER(0x4005802C)    /* cycles of clk_ref in 8:0 */
#define WATCHDOG_TICK_ENABLE (1u << 9)

/* What the watchdog resets: PSM, DS 2.13.5. All but both oscillators. */
#define PSM_WDSEL REGISTER(0x40010008)
#define PSM_WDSEL_ALL 0x1FFFCu

/* Why the chip was reset: DS 2.12.8 */
#define CHIP_RESET REGISTER(0x40064008)
#define CHIP_RESET_HAD_POWER (1u << 8)
#define CHIP_RESET_HAD_PIN (1u << 16)

#endif
