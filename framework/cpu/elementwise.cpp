#include <algorithm>
#include <cmath>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"
#include "framework/cpu/runs.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kGrain = 16384;  // elements worth a thread's waking up
constexpr std::int64_t kChunk = 4096;   // elements of a partial sum; part of what a sum's bits depend on

// One run along the last axis; the strides of operands are 0, 1 or anything.
template <BinaryOp op, class T>
void combine_run(const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y, std::int64_t n) {
  if (sa == 1 && sb == 1)
    for (std::int64_t i = 0; i < n; ++i) y[i] = Math::combine<op>(a[i], b[i]);
  else if (sa == 1 && sb == 0)
    for (std::int64_t i = 0; i < n; ++i) y[i] = Math::combine<op>(a[i], *b);
  else if (sa == 0 && sb == 1)
    for (std::int64_t i = 0; i < n; ++i) y[i] = Math::combine<op>(*a, b[i]);
  else
    for (std::int64_t i = 0; i < n; ++i) y[i] = Math::combine<op>(a[i * sa], b[i * sb]);
}

// One run along the last axis of a copy.
template <class T>
void copy_run(const T* from, std::int64_t sf, T* to, std::int64_t st, std::int64_t n) {
  if (sf == 1 && st == 1)
    std::copy_n(from, n, to);
  else
    for (std::int64_t i = 0; i < n; ++i) to[i * st] = from[i * sf];
}

// The pair with its longest axis last, if the last is too short to be a run worth its beginning.
StridedPair long_runs(StridedPair pair) {
  const int last = pair.axes - 1;
  if (last < 1 || pair.size[last] >= 8) return pair;
  const auto longest = std::max_element(pair.size, pair.size + pair.axes) - pair.size;
  std::swap(pair.size[last], pair.size[longest]);
  std::swap(pair.a[last], pair.a[longest]);
  std::swap(pair.b[last], pair.b[longest]);
  return pair;
}

}  // namespace

template <class T>
void execute(Context& context, const Unary<T>& j) {
  with_op(j.op, [&]<UnaryOp op>() {
    context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
      const T *x = j.x, *r = j.residual;
      T* y = j.y;
      if (r)
        for (std::int64_t i = first; i < last; ++i) y[i] = Math::value<op>(x[i]) + r[i];
      else
        for (std::int64_t i = first; i < last; ++i) y[i] = Math::value<op>(x[i]);
    });
  });
}

template <class T>
void execute(Context& context, const UnaryBackward<T>& j) {
  with_op(j.op, [&]<UnaryOp op>() {
    context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
      const T *x = j.x, *dy = j.dy;
      T* dx = j.dx;
      for (std::int64_t i = first; i < last; ++i) dx[i] = Math::derivative<op>(x[i]) * dy[i];
    });
  });
}

template <class T>
void execute(Context& context, const Binary<T>& j) {
  with_op(j.op, [&]<BinaryOp op>() {
    for_each_run(context, j.pair, kGrain,
                 [&](const Run& r) { combine_run<op>(j.a + r.a, r.step_a, j.b + r.b, r.step_b, j.y + r.first, r.n); });
  });
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
void execute(Context& context, const StridedCopy<T>& j) {
  for_each_run(context, long_runs(j.pair), kGrain,
               [&](const Run& r) { copy_run(j.from + r.a, r.step_a, j.to + r.b, r.step_b, r.n); });
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

FNO_INSTANTIATE(Unary);
FNO_INSTANTIATE(UnaryBackward);
FNO_INSTANTIATE(Binary);
FNO_INSTANTIATE(Reduce);
FNO_INSTANTIATE(StridedCopy);
FNO_INSTANTIATE(Scale);

}  // namespace fno::cpu
