/* The declarations of TensorFlow Lite Micro that exported code uses, to check that it compiles. */
#pragma once
void MicroPrintf(const char *format, ...);
