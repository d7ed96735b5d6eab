/* What a sketch sees without including anything, to check that an exported example compiles. */
#pragma once
#include <stdint.h>
#include <string.h>
struct Port {
  void begin(unsigned long baud);
  template <typename Value> void print(Value value);
  template <typename Value> void println(Value value);
};
extern Port Serial;
unsigned long micros();
void delay(unsigned long milliseconds);
