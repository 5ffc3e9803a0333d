#pragma once

#include "framework/kernels/conv.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/memory.h"

namespace fno {

/// Memory that a composite job needs between its parts.
template <class T>
class PartScratch {
 public:
  PartScratch(Memory& memory, std::int64_t count)
      : memory_(memory),
        bytes_(static_cast<std::size_t>(count) * sizeof(T)),
        data_(static_cast<T*>(memory.allocate(bytes_))) {}
  ~PartScratch() { memory_.release(data_, bytes_); }
  PartScratch(const PartScratch&) = delete;
  PartScratch& operator=(const PartScratch&) = delete;
  [[nodiscard]] T* data() const { return data_; }

 private:
  Memory& memory_;
  std::size_t bytes_;
  T* data_;
};

/// Two 1-wide convolutions with a GELU between them, point by point: y = W2·h + b2, h = GELU(z), z = W1·x + b1. The
/// hidden channels, often several times as many as those of x and y, need never be in memory as a whole.
template <class T>
struct PointwiseMlp {
  const T* x;        // (B, Ci, P)
  const T *w1, *b1;  // (Ch, Ci), (Ch)
  const T *w2, *b2;  // (Co, Ch), (Co)
  T* y;              // (B, Co, P), overwritten
  int batch, in, hidden, out;
  std::int64_t points;
  [[nodiscard]] static ConvGeometry geometry(int batch, int in, int out, std::int64_t points) {
    const auto p = static_cast<int>(points);
    return {batch, in, out, {1, 1, p}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, p}};
  }
  [[nodiscard]] ConvGeometry first() const { return geometry(batch, in, hidden, points); }
  [[nodiscard]] ConvGeometry second() const { return geometry(batch, hidden, out, points); }
  [[nodiscard]] std::int64_t hidden_count() const { return std::int64_t{batch} * hidden * points; }
  template <class Run>
  void in_turn(Run&& run, Memory& memory) const {
    const std::int64_t n = hidden_count();
    const PartScratch<T> h(memory, n);
    run(Conv<T>{.g = first(), .x = x, .w = w1, .bias = b1, .y = h.data()});
    run(Unary<T>{UnaryOp::gelu, h.data(), nullptr, h.data(), n});
    run(Conv<T>{.g = second(), .x = h.data(), .w = w2, .bias = b2, .y = y});
  }
  [[nodiscard]] Work work() const {
    const ConvGeometry a = first(), b = second();
    return work_on<T>(a.inputs() + a.weights() + b.weights() + hidden + out, b.outputs(),
                      static_cast<double>(a.flop() + b.flop() + hidden_count()));
  }
};

/// Its gradients, from x and dy alone: z is computed again.
template <class T>
struct PointwiseMlpGrad {
  PointwiseMlp<T> forward;   // y is not read
  const T* dy;               // (B, Co, P)
  T* dx;                     // (B, Ci, P) or null where not wanted
  T *dw1, *db1, *dw2, *db2;  // as the weights, overwritten
  template <class Run>
  void in_turn(Run&& run, Memory& memory) const {
    const PointwiseMlp<T>& f = forward;
    const ConvGeometry a = f.first(), b = f.second();
    const std::int64_t n = f.hidden_count();
    const PartScratch<T> z(memory, n), h(memory, n), dh(memory, n);
    run(Conv<T>{.g = a, .x = f.x, .w = f.w1, .bias = f.b1, .y = z.data()});
    run(Unary<T>{UnaryOp::gelu, z.data(), nullptr, h.data(), n});
    run(ConvWeightGrad<T>{.g = b, .x = h.data(), .dy = dy, .dw = dw2});
    run(ChannelSum<T>{.x = dy, .sum = db2, .batch = f.batch, .channels = f.out, .points = f.points});
    run(ConvInputGrad<T>{.g = b, .dy = dy, .w = f.w2, .bias = nullptr, .dx = dh.data()});
    run(UnaryBackward<T>{UnaryOp::gelu, z.data(), dh.data(), dh.data(), n});
    run(ConvWeightGrad<T>{.g = a, .x = f.x, .dy = dh.data(), .dw = dw1});
    run(ChannelSum<T>{.x = dh.data(), .sum = db1, .batch = f.batch, .channels = f.hidden, .points = f.points});
    if (dx) run(ConvInputGrad<T>{.g = a, .dy = dh.data(), .w = f.w1, .bias = nullptr, .dx = dx});
  }
  [[nodiscard]] Work work() const {
    const PointwiseMlp<T>& f = forward;
    const ConvGeometry a = f.first(), b = f.second();
    const std::int64_t weights = a.weights() + b.weights() + f.hidden + f.out;
    // z again and the gradients of both convolutions; GELU, its derivative and the product with it; sums of biases.
    const double flop =
        static_cast<double>((dx ? 3 : 2) * a.flop() + 2 * b.flop() + 4 * f.hidden_count() + b.outputs());
    return work_on<T>(a.inputs() + b.outputs() + weights, weights + (dx ? a.inputs() : 0), flop);
  }
};

#define FNO_POINTWISE_MLP_JOBS(X) X(PointwiseMlp) X(PointwiseMlpGrad)

}  // namespace fno
