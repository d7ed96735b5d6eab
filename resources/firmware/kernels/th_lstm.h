/* Long short-term memory over a sequence, int8 activations and weights, int16 cell; portable reference.
 *
 * Gates are in the order input, forget, cell, output. Gate arguments are Q3.12, gate values Q0.15.
 *
 * input         [batches][steps][input_features]
 * weights       [4][units][input_features]
 * recurrent     [4][units][units]
 * bias          [4][units]
 * multipliers, shifts
 *               [8]: input to Q3.12 per gate, then hidden state to Q3.12 per gate
 * table         the logistic table of th_curve.h
 * scratch       `units` bytes: the next hidden state
 * hidden, cell  [batches][units], kept from one call to the next
 * output        [batches][steps][units]
 */
#ifndef TH_LSTM_H
#define TH_LSTM_H

#include "th_curve.h"
#include "th_requantize.h"

typedef struct {
    int32_t batches, steps, input_features, units;
} th_lstm_shape;

typedef struct {
    int32_t input_zero_point, hidden_zero_point;
    int32_t forget_multiplier, forget_shift; /* forget gate * cell -> cell */
    int32_t update_multiplier, update_shift; /* input gate * cell gate -> cell */
    int32_t hidden_multiplier, hidden_shift; /* tanh(cell) * output gate -> hidden state */
    int32_t tanh_multiplier, tanh_shift;     /* cell -> th_curve's unit */
    int32_t cell_limit;                      /* 0: not clipped */
} th_lstm_scale;

TH_KERNEL int32_t th_dot_int8(const int8_t *values, int32_t zero_point, const int8_t *weights, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; ++i) {
        sum += weights[i] * (values[i] - zero_point);
    }
    return sum;
}

TH_KERNEL int32_t th_clamp_int16(int32_t x)
{
    return th_clamp(x, INT16_MIN, INT16_MAX);
}

TH_KERNEL void th_lstm_int8(const int8_t *input, const int8_t *weights, const int8_t *recurrent,
                            const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                            const uint16_t *table, const th_lstm_scale *scale, void *scratch,
                            int8_t *hidden, int16_t *cell, int8_t *output, const th_lstm_shape *shape)
{
    const th_lstm_scale s = *scale;
    const th_curve_scale to_curve = { s.tanh_multiplier, s.tanh_shift };
    const int32_t units = shape->units, features = shape->input_features;
    int8_t *next = (int8_t *)scratch;
    for (int32_t batch = 0; batch < shape->batches; ++batch, hidden += units, cell += units) {
        for (int32_t step = 0; step < shape->steps; ++step, input += features, output += units) {
            for (int32_t u = 0; u < units; ++u) {
                int32_t gates[4];
                for (int32_t g = 0; g < 4; ++g) {
                    int32_t row = g * units + u;
                    int32_t a = th_dot_int8(input, s.input_zero_point, weights + row * features, features);
                    int32_t b = th_dot_int8(hidden, s.hidden_zero_point, recurrent + row * units, units);
                    a = th_clamp_int16(th_requantize(a + bias[row], multipliers[g], shifts[g]));
                    b = th_clamp_int16(th_requantize(b, multipliers[4 + g], shifts[4 + g]));
                    int32_t argument = 3 * th_clamp_int16(a + b);
                    gates[g] = g == 2 ? th_tanh_value(argument, table) : th_logistic_value(argument, table);
                }
                int32_t kept = th_requantize(gates[1] * cell[u], s.forget_multiplier, s.forget_shift);
                int32_t added = th_requantize(gates[0] * gates[2], s.update_multiplier, s.update_shift);
                int32_t value = th_clamp_int16(th_clamp_int16(kept) + th_clamp_int16(added));
                if (s.cell_limit > 0) {
                    value = th_clamp(value, -s.cell_limit, s.cell_limit);
                }
                cell[u] = (int16_t)value;
                int32_t squashed = th_tanh_value(th_curve_argument(value, &to_curve), table);
                int32_t y = th_requantize(squashed * gates[3], s.hidden_multiplier, s.hidden_shift);
                next[u] = (int8_t)th_clamp(y + s.hidden_zero_point, INT8_MIN, INT8_MAX);
            }
            th_copy(hidden, next, (size_t)units);
            th_copy(output, next, (size_t)units);
        }
    }
}

#endif
