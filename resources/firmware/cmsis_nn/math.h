/* CMSIS-NN's headers ask for <math.h>, which a freestanding compiler does not have; its 8-bit kernels use
 * nothing of it. */
#ifndef TH_CMSIS_NN_MATH_H
#define TH_CMSIS_NN_MATH_H
#endif
