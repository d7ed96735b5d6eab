/* The declarations of TensorFlow Lite Micro that exported code uses, to check that it compiles. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
struct TfLiteTensor {
  union { char *raw; int8_t *int8; float *f; } data;
  size_t bytes;
};
namespace tflite {
struct Model;
class MicroInterpreter {
 public:
  MicroInterpreter(const Model *model, const MicroOpResolver &resolver, uint8_t *arena, size_t arena_bytes);
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteTensor *input(size_t index);
  TfLiteTensor *output(size_t index);
  size_t arena_used_bytes() const;
};
}
