#include <algorithm>
#include <cmath>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"
#include "framework/error.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kGrain = 16384;  // elements worth a thread's waking up
constexpr std::int64_t kChunk = 4096;   // elements of a partial sum; part of what a sum's bits depend on

// Comparisons are turned so that NaN passes through: a diverged network must show in its loss.
template <UnaryOp op, class T>
T value(T x) {
  if constexpr (op == UnaryOp::gelu) return gelu(x);
  if constexpr (op == UnaryOp::silu) return x / (1 + fast_exp(-x > 80 ? T(80) : -x));
  if constexpr (op == UnaryOp::relu) return x <= 0 ? T(0) : x;
  if constexpr (op == UnaryOp::sigmoid) return 1 / (1 + fast_exp(-x > 80 ? T(80) : -x));
  if constexpr (op == UnaryOp::tanh) return std::tanh(x);
  if constexpr (op == UnaryOp::square) return x * x;
  if constexpr (op == UnaryOp::sqrt) return std::sqrt(x <= 0 ? T(0) : x);
  if constexpr (op == UnaryOp::abs) return std::fabs(x);
  if constexpr (op == UnaryOp::exp) return std::exp(x);
  if constexpr (op == UnaryOp::log) return std::log(x);
  if constexpr (op == UnaryOp::log1p) return std::log1p(x <= 0 ? T(0) : x);
  if constexpr (op == UnaryOp::sin) return std::sin(x);
  if constexpr (op == UnaryOp::cos) return std::cos(x);
  if constexpr (op == UnaryOp::lgamma) {
    int sign;  // std::lgamma writes a global, a race between threads
    return static_cast<T>(lgamma_r(static_cast<double>(x), &sign));
  }
  if constexpr (op == UnaryOp::reciprocal) return 1 / x;
}

template <UnaryOp op, class T>
T derivative(T x) {
  if constexpr (op == UnaryOp::gelu) return gelu_derivative(x);
  if constexpr (op == UnaryOp::silu) {
    const T s = value<UnaryOp::sigmoid>(x);
    return s + x * s * (1 - s);
  }
  if constexpr (op == UnaryOp::relu) return x > 0 ? T(1) : T(0);
  if constexpr (op == UnaryOp::sigmoid) {
    const T s = value<UnaryOp::sigmoid>(x);
    return s * (1 - s);
  }
  if constexpr (op == UnaryOp::tanh) {
    const T t = std::tanh(x);
    return 1 - t * t;
  }
  if constexpr (op == UnaryOp::square) return 2 * x;
  if constexpr (op == UnaryOp::sqrt) return x > 0 ? T(0.5) / std::sqrt(x) : T(0);
  if constexpr (op == UnaryOp::abs) return x > 0 ? T(1) : x < 0 ? T(-1) : T(0);
  if constexpr (op == UnaryOp::exp) return std::exp(x);
  if constexpr (op == UnaryOp::log) return 1 / x;
  if constexpr (op == UnaryOp::log1p) return x > 0 ? 1 / (1 + x) : T(0);
  if constexpr (op == UnaryOp::sin) return std::cos(x);
  if constexpr (op == UnaryOp::cos) return -std::sin(x);
  if constexpr (op == UnaryOp::reciprocal) return -1 / (x * x);
}

template <class F>
void with_op(UnaryOp op, F&& f) {
  switch (op) {
    case UnaryOp::gelu: return f.template operator()<UnaryOp::gelu>();
    case UnaryOp::silu: return f.template operator()<UnaryOp::silu>();
    case UnaryOp::relu: return f.template operator()<UnaryOp::relu>();
    case UnaryOp::sigmoid: return f.template operator()<UnaryOp::sigmoid>();
    case UnaryOp::tanh: return f.template operator()<UnaryOp::tanh>();
    case UnaryOp::square: return f.template operator()<UnaryOp::square>();
    case UnaryOp::sqrt: return f.template operator()<UnaryOp::sqrt>();
    case UnaryOp::abs: return f.template operator()<UnaryOp::abs>();
    case UnaryOp::exp: return f.template operator()<UnaryOp::exp>();
    case UnaryOp::log: return f.template operator()<UnaryOp::log>();
    case UnaryOp::log1p: return f.template operator()<UnaryOp::log1p>();
    case UnaryOp::sin: return f.template operator()<UnaryOp::sin>();
    case UnaryOp::cos: return f.template operator()<UnaryOp::cos>();
    case UnaryOp::lgamma: return f.template operator()<UnaryOp::lgamma>();
    case UnaryOp::reciprocal: return f.template operator()<UnaryOp::reciprocal>();
  }
}

template <BinaryOp op, class T>
T combine(T a, T b) {
  if constexpr (op == BinaryOp::add) return a + b;
  if constexpr (op == BinaryOp::subtract) return a - b;
  if constexpr (op == BinaryOp::multiply) return a * b;
  if constexpr (op == BinaryOp::divide) return a / b;
}

// One run along the last axis; the strides of operands are 0, 1 or anything.
template <BinaryOp op, class T>
void combine_run(const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y, std::int64_t n) {
  if (sa == 1 && sb == 1)
    for (std::int64_t i = 0; i < n; ++i) y[i] = combine<op>(a[i], b[i]);
  else if (sa == 1 && sb == 0)
    for (std::int64_t i = 0; i < n; ++i) y[i] = combine<op>(a[i], *b);
  else if (sa == 0 && sb == 1)
    for (std::int64_t i = 0; i < n; ++i) y[i] = combine<op>(*a, b[i]);
  else
    for (std::int64_t i = 0; i < n; ++i) y[i] = combine<op>(a[i * sa], b[i * sb]);
}

// Offset of the run with number `run` among the runs along the last of `axes` axes.
std::int64_t offset_of(std::int64_t run, int axes, const std::int64_t* size, const std::int64_t* stride) {
  std::int64_t offset = 0;
  for (int axis = axes - 2; axis >= 0; --axis) {
    offset += run % size[axis] * stride[axis];
    run /= size[axis];
  }
  return offset;
}

std::int64_t runs_of(int axes, const std::int64_t* size) {
  std::int64_t runs = 1;
  for (int axis = 0; axis < axes - 1; ++axis) runs *= size[axis];
  return runs;
}

}  // namespace

template <class T>
void execute(Context& context, const Unary<T>& j) {
  with_op(j.op, [&]<UnaryOp op>() {
    context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
      const T *x = j.x, *r = j.residual;
      T* y = j.y;
      if (r)
        for (std::int64_t i = first; i < last; ++i) y[i] = value<op>(x[i]) + r[i];
      else
        for (std::int64_t i = first; i < last; ++i) y[i] = value<op>(x[i]);
    });
  });
}

template <class T>
void execute(Context& context, const UnaryBackward<T>& j) {
  require<ErrorKind::config>(j.op != UnaryOp::lgamma, "lgamma has no derivative here");
  with_op(j.op, [&]<UnaryOp op>() {
    if constexpr (op != UnaryOp::lgamma)
      context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
        const T *x = j.x, *dy = j.dy;
        T* dx = j.dx;
        for (std::int64_t i = first; i < last; ++i) dx[i] = derivative<op>(x[i]) * dy[i];
      });
  });
}

template <class T>
void execute(Context& context, const Binary<T>& j) {
  const std::int64_t n = j.axes ? j.size[j.axes - 1] : 1, runs = runs_of(j.axes, j.size);
  const std::int64_t sa = j.axes ? j.a_stride[j.axes - 1] : 0, sb = j.axes ? j.b_stride[j.axes - 1] : 0;
  const auto all = [&]<BinaryOp op>() {
    if (runs == 1) {
      context.parallel(n, kGrain, [&](std::int64_t first, std::int64_t last) {
        combine_run<op>(j.a + first * sa, sa, j.b + first * sb, sb, j.y + first, last - first);
      });
      return;
    }
    context.parallel(runs, 1 + kGrain / (n + 1), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t r = first; r < last; ++r)
        combine_run<op>(j.a + offset_of(r, j.axes, j.size, j.a_stride), sa,
                        j.b + offset_of(r, j.axes, j.size, j.b_stride), sb, j.y + r * n, n);
    });
  };
  switch (j.op) {
    case BinaryOp::add: return all.template operator()<BinaryOp::add>();
    case BinaryOp::subtract: return all.template operator()<BinaryOp::subtract>();
    case BinaryOp::multiply: return all.template operator()<BinaryOp::multiply>();
    case BinaryOp::divide: return all.template operator()<BinaryOp::divide>();
  }
}

template <class T>
static double sum_run(const T* x, std::int64_t stride, std::int64_t n) {
  constexpr int kWays = 8;  // independent sums, so that the additions overlap
  double part[kWays] = {};
  std::int64_t i = 0;
  if (stride == 1)
    for (; i + kWays <= n; i += kWays)
      for (int w = 0; w < kWays; ++w) part[w] += static_cast<double>(x[i + w]);
  for (; i < n; ++i) part[i % kWays] += static_cast<double>(x[i * stride]);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

template <class T>
void execute(Context& context, const Reduce<T>& j) {
  // Kept axes number the results, the others are summed; both lists keep the order of the axes.
  std::int64_t kept[kMaxAxes], kept_stride[kMaxAxes], gone[kMaxAxes], gone_stride[kMaxAxes];
  int n_kept = 0, n_gone = 0;
  std::int64_t stride = 1, results = 1;
  for (int axis = j.axes - 1; axis >= 0; stride *= j.size[axis--]) {
    if (j.size[axis] == 1) continue;
    if (j.keep[axis]) {
      kept[n_kept] = j.size[axis];
      kept_stride[n_kept++] = stride;
      results *= j.size[axis];
    } else if (n_gone && gone_stride[n_gone - 1] * gone[n_gone - 1] == stride) {
      gone[n_gone - 1] *= j.size[axis];  // neighbours in memory: one longer axis
    } else {
      gone[n_gone] = j.size[axis];
      gone_stride[n_gone++] = stride;
    }
  }
  std::int64_t terms = 1;
  for (int g = 0; g < n_gone; ++g) terms *= gone[g];
  const std::int64_t run_length = n_gone ? gone[0] : 1, run_stride = n_gone ? gone_stride[0] : 1;
  const std::int64_t chunks = (run_length + kChunk - 1) / kChunk;
  const auto sum_of = [&](std::int64_t base) {
    double total = 0;
    for (std::int64_t r = 0; r < terms / std::max<std::int64_t>(1, run_length); ++r) {
      std::int64_t offset = base, rest = r;
      for (int g = 1; g < n_gone; ++g) {
        offset += rest % gone[g] * gone_stride[g];
        rest /= gone[g];
      }
      for (std::int64_t c = 0; c < chunks; ++c)
        total += sum_run(j.x + offset + c * kChunk * run_stride, run_stride, std::min(kChunk, run_length - c * kChunk));
    }
    return total;
  };
  if (results == 1 && terms == run_length && chunks > 1) {  // one long sum: the chunks are the units
    Scratch<double> part(context.memory(), static_cast<std::size_t>(chunks));
    context.parallel(chunks, 4, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t c = first; c < last; ++c)
        part.data()[c] = sum_run(j.x + c * kChunk, 1, std::min(kChunk, run_length - c * kChunk));
    });
    double total = 0;
    for (std::int64_t c = 0; c < chunks; ++c) total += part.data()[c];
    j.y[0] = static_cast<T>(total * j.scale);
    return;
  }
  context.parallel(results, 1 + kGrain / (terms + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t k = first; k < last; ++k) {
      std::int64_t base = 0, rest = k;
      for (int a = 0; a < n_kept; ++a) {
        base += rest % kept[a] * kept_stride[a];
        rest /= kept[a];
      }
      j.y[k] = static_cast<T>(sum_of(base) * j.scale);
    }
  });
}

template <class T>
static void copy_run(const T* from, std::int64_t sf, T* to, std::int64_t st, std::int64_t n, bool accumulate) {
  if (accumulate)
    for (std::int64_t i = 0; i < n; ++i) to[i * st] += from[i * sf];
  else if (sf == 1 && st == 1)
    std::copy_n(from, n, to);
  else
    for (std::int64_t i = 0; i < n; ++i) to[i * st] = from[i * sf];
}

template <class T>
void execute(Context& context, const StridedCopy<T>& j) {
  const std::int64_t n = j.axes ? j.size[j.axes - 1] : 1, runs = runs_of(j.axes, j.size);
  const std::int64_t sf = j.axes ? j.from_stride[j.axes - 1] : 0, st = j.axes ? j.to_stride[j.axes - 1] : 0;
  context.parallel(runs, 1 + kGrain / (n + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r)
      copy_run(j.from + offset_of(r, j.axes, j.size, j.from_stride), sf,
               j.to + offset_of(r, j.axes, j.size, j.to_stride), st, n, j.accumulate);
  });
}

template <class T>
void execute(Context& context, const Scale<T>& j) {
  context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
    if (!j.x && j.b == 0)
      std::fill(j.y + first, j.y + last, j.c);
    else if (!j.x)
      for (std::int64_t i = first; i < last; ++i) j.y[i] = j.b * j.y[i] + j.c;
    else if (j.b == 0)
      for (std::int64_t i = first; i < last; ++i) j.y[i] = j.a * j.x[i] + j.c;
    else
      for (std::int64_t i = first; i < last; ++i) j.y[i] = j.a * j.x[i] + j.b * j.y[i] + j.c;
  });
}

template void execute(Context&, const Unary<float>&);
template void execute(Context&, const Unary<double>&);
template void execute(Context&, const UnaryBackward<float>&);
template void execute(Context&, const UnaryBackward<double>&);
template void execute(Context&, const Binary<float>&);
template void execute(Context&, const Binary<double>&);
template void execute(Context&, const Reduce<float>&);
template void execute(Context&, const Reduce<double>&);
template void execute(Context&, const StridedCopy<float>&);
template void execute(Context&, const StridedCopy<double>&);
template void execute(Context&, const Scale<float>&);
template void execute(Context&, const Scale<double>&);

}  // namespace fno::cpu
