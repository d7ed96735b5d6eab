/* The declarations of TensorFlow Lite Micro that exported code uses, to check that it compiles. */
#pragma once
namespace tflite {
struct Model;
const Model *GetModel(const void *data);
}
