/* Programs for tests of the core: which one runs, and with what, is written into `orders` before the start. Every
 * exception is noted in `orders.notes` when it begins (its number) and when it ends (its number + ENDED). */
#include <stdint.h>

#define ENDED 0x1000u
#define REACHED 0xA000u /* + a number: how far the program itself has come */

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define ISER REGISTER(0xE000E100)
#define ISPR REGISTER(0xE000E200)
#define ICPR REGISTER(0xE000E280)
#define IPR0 REGISTER(0xE000E400)
#define ICSR REGISTER(0xE000ED04)
#define AIRCR REGISTER(0xE000ED0C)
#define SCR REGISTER(0xE000ED10)
#define CCR REGISTER(0xE000ED14)
#define SHPR1 REGISTER(0xE000ED18)
#define SHPR2 REGISTER(0xE000ED1C)
#define SHPR3 REGISTER(0xE000ED20)
#define SHCSR REGISTER(0xE000ED24)
#define MPU_CTRL REGISTER(0xE000ED94)
#define MPU_RBAR REGISTER(0xE000ED9C)
#define MPU_RASR REGISTER(0xE000EDA0)
#define PENDSVSET (1u << 28)
#define NMIPENDSET (1u << 31)

typedef struct {
    uint32_t program;
    uint32_t argument[20];
    uint32_t note_count;
    uint32_t notes[64];
} order_block;

__attribute__((section(".orders"), used)) volatile order_block orders;

static void (*volatile work[20])(void); /* what the handler of each exception does between its two notes */
static uint32_t process_stack[64];

static void note(uint32_t value)
{
    if (orders.note_count < 64) {
        orders.notes[orders.note_count++] = value;
    }
}

static uint32_t exception_number(void)
{
    uint32_t number;
    __asm volatile("mrs %0, ipsr" : "=r"(number));
    return number;
}

__attribute__((used)) static void handle(uint32_t return_code)
{
    uint32_t number = exception_number();
    note(number);
    if (orders.argument[19] != 0) {
        note(return_code);
    }
    if (work[number] != 0) {
        work[number]();
    }
    note(number + ENDED);
}

__attribute__((naked)) static void any_handler(void)
{
    __asm volatile("push {r4, lr}\n mov r0, lr\n bl handle\n pop {r4, pc}");
}

static void barrier(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
}

static void set_pending(uint32_t interrupts)
{
    ISPR = interrupts;
    barrier();
}

static void pend_1(void)
{
    set_pending(1u << 1);
}

static void pend_supervisor(void)
{
    ICSR = PENDSVSET;
    barrier();
}

static void stay(void)
{
    for (;;) {
    }
}

/* argument[0]: priorities of interrupts 0 to 3; [1]: which are set pending at once; [2]: SHPR3, PendSV and SysTick;
 * [3]: PRIGROUP; [4]: BASEPRI meanwhile; [5]: 1 PRIMASK, 2 FAULTMASK meanwhile; [6]: also pend NMI (bit 0), PendSV
 * (bit 1) */
static void interrupts(void)
{
    IPR0 = orders.argument[0];
    SHPR3 = orders.argument[2];
    ISER = 0xF;
    work[16] = orders.argument[7] ? pend_1 : 0;
    work[17] = orders.argument[7] ? pend_supervisor : 0;
    __asm volatile("cpsid i");
#if __ARM_ARCH >= 7
    AIRCR = 0x05FA0000u | orders.argument[3] << 8;
    __asm volatile("msr basepri, %0" ::"r"(orders.argument[4]));
    if (orders.argument[5] == 2) {
        __asm volatile("cpsid f");
    }
#endif
    ISPR = orders.argument[1];
    if (orders.argument[6] != 0) {
        ICSR = (orders.argument[6] & 1 ? NMIPENDSET : 0) | (orders.argument[6] & 2 ? PENDSVSET : 0);
    }
    barrier();
    if (orders.argument[5] == 0) {
        __asm volatile("cpsie i");
    }
    barrier();
    note(REACHED);
#if __ARM_ARCH >= 7
    __asm volatile("msr basepri, %0\n cpsie f" ::"r"(0));
#endif
    __asm volatile("cpsie i\n isb");
    note(REACHED + 1);
}

static void call_supervisor(void)
{
    __asm volatile("svc #0");
}

static void calls(void)
{
    SHPR2 = orders.argument[0]; /* SVCall */
    SHPR3 = orders.argument[1]; /* PendSV */
    IPR0 = orders.argument[2];
    ISER = 1;
    work[11] = pend_supervisor;
    work[16] = call_supervisor;
    if (orders.argument[3] == 1) {
        __asm volatile("cpsid i");
    }
    if (orders.argument[3] == 2) {
        set_pending(1); /* whose handler makes the call */
    } else {
        call_supervisor();
    }
    note(REACHED);
}

static void sleeps(void)
{
    SHPR3 = orders.argument[1];
    SCR = orders.argument[2];
    SYST_RVR = orders.argument[0] - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    if (orders.argument[3]) {
        __asm volatile("cpsid i");
    }
    for (uint32_t i = 0; i < 3; i++) {
        __asm volatile("wfi");
        note(REACHED + i);
    }
    stay();
}

/* Its argument is the top of that stack; what it returns is where the stack pointer was after the call. */
__attribute__((naked, used)) static void on_process_stack(void)
{
    __asm volatile("push {r4, lr}\n msr psp, r0\n movs r0, #2\n msr control, r0\n isb\n svc #0\n nop\n"
                   "mrs r4, psp\n movs r0, #0\n msr control, r0\n isb\n mov r0, r4\n pop {r4, pc}");
}

static uint32_t (*const run_on_process_stack)(uint32_t *) = (uint32_t (*)(uint32_t *))on_process_stack;

static void two_stacks(void)
{
    note(run_on_process_stack(process_stack + 64) == (uint32_t)(process_stack + 64));
    note(REACHED);
}

__attribute__((naked)) static void access_from_registers(void)
{
    __asm volatile(
        ".syntax unified\n"
        "cmp r0, #0\n beq 1f\n cmp r0, #1\n beq 2f\n cmp r0, #2\n beq 3f\n"
        "ldrb r0, [r1]\n bx lr\n"
        "1: ldr r0, [r1]\n bx lr\n"
        "2: str r0, [r1]\n bx lr\n"
        "3: bx r1\n");
}

static void (*const access_memory)(uint32_t, uint32_t) = (void (*)(uint32_t, uint32_t))access_from_registers;

/* [0]: how many regions, [2 + 2i] and [3 + 2i]: their registers; [1]: MPU_CTRL; [12]: SHCSR; [13]: unprivileged;
 * [14]: 0 load, 1 store, 2 branch, 3 load a byte; [15]: address */
static void memory(void)
{
    volatile uint32_t kind = orders.argument[14];
    volatile uint32_t address = orders.argument[15];
    for (uint32_t i = 0; i < orders.argument[0]; i++) {
        MPU_RBAR = orders.argument[2 + 2 * i];
        MPU_RASR = orders.argument[3 + 2 * i];
    }
    MPU_CTRL = orders.argument[1];
#if __ARM_ARCH >= 7
    SHCSR = orders.argument[12];
#endif
    barrier();
    if (orders.argument[13]) {
        __asm volatile("msr control, %0\n isb" ::"r"(1));
    }
    access_memory(kind, address);
    note(REACHED);
}

static void access_as_ordered(void)
{
    access_memory(orders.argument[14], orders.argument[15]);
}

static void return_to_nowhere(void)
{
    __asm volatile("ldr r0, =0xFFFFFFF5\n mov lr, r0\n bx lr");
}

/* [0]: 1 an access in the hard fault's handler, 2 a return with a wrong code, 3 a branch to an even address, 4 a call
 * with a stack that is not there, 5 the same with the MPU's regions of `memory` */
static void mistakes(void)
{
#if __ARM_ARCH >= 7
    SHCSR = orders.argument[12];
    CCR = orders.argument[11];
#endif
    work[3] = orders.argument[0] == 1 ? access_as_ordered : stay;
    ISER = 1;
    switch (orders.argument[0]) {
    case 1:
        access_as_ordered();
        break;
    case 2:
        work[16] = return_to_nowhere;
        set_pending(1);
        break;
    case 3:
        access_memory(2, (uint32_t)orders.argument[15]);
        break;
    default:
        __asm volatile("msr psp, %0\n msr control, %1\n isb\n svc #0" ::"r"(orders.argument[15]), "r"(2));
        break;
    }
    note(REACHED);
}

__attribute__((used)) static void run(void)
{
    static void (*const programs[])(void) = {interrupts, calls, sleeps, two_stacks, memory, mistakes};
    for (uint32_t i = 0; i < 20; i++) {
        work[i] = i >= 2 && i <= 6 ? stay : 0;
    }
    work[2] = 0;
    programs[orders.program]();
    stay();
}

__attribute__((naked, used)) void start(void)
{
    __asm volatile("bl run");
}

__attribute__((section(".vectors"), used)) static void (*const vectors[20])(void) = {
    (void (*)(void))0x20004000u, start,       any_handler, any_handler, any_handler, any_handler, any_handler,
    any_handler, any_handler,    any_handler, any_handler, any_handler, any_handler, any_handler, any_handler,
    any_handler, any_handler,    any_handler, any_handler, any_handler,
};
