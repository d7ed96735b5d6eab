/* The declarations of TensorFlow Lite Micro that exported code uses, to check that it compiles. */
#pragma once
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
#define TF_LITE_ENSURE_STATUS(a) \
  do { const TfLiteStatus s = (a); if (s != kTfLiteOk) return s; } while (0)
namespace tflite {
class MicroOpResolver {};
template <unsigned int tOpCount>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  TfLiteStatus AddAdd(); TfLiteStatus AddArgMax(); TfLiteStatus AddAssignVariable();
  TfLiteStatus AddAveragePool2D(); TfLiteStatus AddBatchMatMul(); TfLiteStatus AddCallOnce();
  TfLiteStatus AddCircularBuffer(); TfLiteStatus AddConcatenation(); TfLiteStatus AddConv2D();
  TfLiteStatus AddCumSum(); TfLiteStatus AddDepthwiseConv2D(); TfLiteStatus AddDequantize();
  TfLiteStatus AddExpandDims(); TfLiteStatus AddFullyConnected(); TfLiteStatus AddHardSwish();
  TfLiteStatus AddL2Normalization(); TfLiteStatus AddLeakyRelu(); TfLiteStatus AddLogistic();
  TfLiteStatus AddMaxPool2D(); TfLiteStatus AddMean(); TfLiteStatus AddMul(); TfLiteStatus AddPad();
  TfLiteStatus AddPadV2(); TfLiteStatus AddPrelu(); TfLiteStatus AddQuantize();
  TfLiteStatus AddReadVariable(); TfLiteStatus AddRelu(); TfLiteStatus AddRelu6();
  TfLiteStatus AddReshape(); TfLiteStatus AddResizeNearestNeighbor(); TfLiteStatus AddSlice();
  TfLiteStatus AddSoftmax(); TfLiteStatus AddSplit(); TfLiteStatus AddSplitV();
  TfLiteStatus AddSqueeze(); TfLiteStatus AddStridedSlice(); TfLiteStatus AddSub();
  TfLiteStatus AddSvdf(); TfLiteStatus AddTanh(); TfLiteStatus AddTranspose();
  TfLiteStatus AddTransposeConv(); TfLiteStatus AddUnidirectionalSequenceLSTM();
  TfLiteStatus AddVarHandle(); TfLiteStatus AddWindow();
};
}
