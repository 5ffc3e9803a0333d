// Two 1-wide convolutions with a GELU between them, over blocks of points that stay in the cache with all their hidden
// channels.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/math.h"
#include "framework/cpu/plane_sum.h"
#include "framework/cpu/simd.h"
#include "framework/cpu/stream.h"

namespace fno::cpu {
namespace {

constexpr int kColumns = 192;       // points of a block
constexpr std::int64_t kUnits = 8;  // sums of gradients that are made apart, for as many threads

// Blocks of points of all samples, in order.
template <class T>
struct Blocks {
  const PointwiseMlp<T>& f;
  explicit Blocks(const PointwiseMlp<T>& forward) : f(forward) {}
  [[nodiscard]] std::int64_t of_sample() const { return (f.points + kColumns - 1) / kColumns; }
  [[nodiscard]] std::int64_t count() const { return f.batch * of_sample(); }
  struct Block {
    std::int64_t sample, start;
    int width;
  };
  [[nodiscard]] Block at(std::int64_t u) const {
    const std::int64_t start = u % of_sample() * kColumns;
    return {u / of_sample(), start, static_cast<int>(std::min<std::int64_t>(kColumns, f.points - start))};
  }
  // x of a block, rows side by side, since rows of the whole field may all fall into the same sets of the cache.
  void load(const Block& b, T* to) const {
    for (int i = 0; i < f.in; ++i)
      std::copy_n(f.x + (b.sample * f.in + i) * f.points + b.start, b.width, to + std::ptrdiff_t{i} * kColumns);
  }
  // z = W1·x + b1, rows kColumns apart.
  void hidden(const Block& b, const T* x, T* z) const {
    gemm(f.hidden, b.width, f.in, f.w1, f.in, 1, x, kColumns, z, kColumns, false, f.b1);
  }
};

// Sums of one unit: gradients of W1 and b1, then of W2 and b2.
template <class T>
std::int64_t sums_of(const PointwiseMlp<T>& f) {
  return std::int64_t{f.hidden} * (f.in + 1) + std::int64_t{f.out} * (f.hidden + 1);
}

template <class T>
T dot(const T* a, const T* b, int n) {
  using S = Simd<T>;
  typename S::V sum{};
  int i = 0;
  for (; i + S::lanes <= n; i += S::lanes) sum += S::load(a + i) * S::load(b + i);
  if (i < n) sum += S::load_part(a + i, n - i) * S::load_part(b + i, n - i);
  return S::sum(sum);
}

template <class T>
T sum(const T* a, int n) {
  return static_cast<T>(plane_sum(a, n));
}

}  // namespace

template <class T>
void execute(Context& context, const PointwiseMlp<T>& j) {
  const Blocks<T> blocks(j);
  const std::int64_t work = std::int64_t{j.hidden} * (j.in + j.out) * kColumns;
  context.parallel_with_scratch<T>(blocks.count(), 1 + 100000 / (work + 1), std::size_t(j.in + j.hidden) * kColumns,
                                   [&](std::int64_t first, std::int64_t last, T* x) {
                                     T* h = x + std::ptrdiff_t{j.in} * kColumns;
                                     for (std::int64_t u = first; u < last; ++u) {
                                       const auto b = blocks.at(u);
                                       blocks.load(b, x);
                                       blocks.hidden(b, x, h);
                                       for (int c = 0; c < j.hidden; ++c)
                                         for (T *at = h + std::ptrdiff_t{c} * kColumns, *const end = at + b.width;
                                              at < end; ++at)
                                           *at = Math::value<UnaryOp::gelu>(*at);
                                       gemm(j.out, b.width, j.hidden, j.w2, j.hidden, 1, h, kColumns,
                                            j.y + b.sample * j.out * j.points + b.start, j.points, false, j.b2);
                                     }
                                   });
}

template <class T>
void execute(Context& context, const PointwiseMlpGrad<T>& j) {
  const PointwiseMlp<T>& f = j.forward;
  const Blocks<T> blocks(f);
  const std::int64_t units = std::min(kUnits, blocks.count()), size = sums_of(f);
  const std::ptrdiff_t hidden = std::ptrdiff_t{f.hidden} * kColumns, in = std::ptrdiff_t{f.in} * kColumns;
  const Scratch<T> sums(context.memory(), static_cast<std::size_t>(units * size));
  context.parallel_with_scratch<T>(
      units, 1, static_cast<std::size_t>(2 * in + 2 * hidden + std::ptrdiff_t{f.out} * kColumns),
      [&](std::int64_t first, std::int64_t last, T* x) {
        T *x_turned = x + in, *h = x_turned + in, *dh = h + hidden, *dy = dh + hidden;
        for (std::int64_t unit = first; unit < last; ++unit) {
          T *dw1 = sums.data() + unit * size, *db1 = dw1 + std::int64_t{f.hidden} * f.in, *dw2 = db1 + f.hidden,
            *db2 = dw2 + std::int64_t{f.out} * f.hidden;
          std::fill_n(dw1, size, T(0));
          for (std::int64_t u = blocks.count() * unit / units; u < blocks.count() * (unit + 1) / units; ++u) {
            const auto b = blocks.at(u);
            blocks.load(b, x);
            for (int o = 0; o < f.out; ++o) {
              T* row = dy + std::ptrdiff_t{o} * kColumns;
              std::copy_n(j.dy + (b.sample * f.out + o) * f.points + b.start, b.width, row);
              db2[o] += sum(row, b.width);
            }
            blocks.hidden(b, x, h);
            gemm(f.hidden, b.width, f.out, f.w2, 1, f.hidden, dy, kColumns, dh, kColumns, false);
            for (int c = 0; c < f.hidden; ++c) {
              T *at = h + std::ptrdiff_t{c} * kColumns, *d = dh + std::ptrdiff_t{c} * kColumns;
              for (int i = 0; i < b.width; ++i) {
                const Normal<T> normal = Math::normal(at[i]);
                d[i] *= normal.cdf + at[i] * normal.pdf;
                at[i] *= normal.cdf;
              }
              db1[c] += sum(d, b.width);
              for (int o = 0; o < f.out; ++o)
                dw2[std::ptrdiff_t{o} * f.hidden + c] += dot(dy + std::ptrdiff_t{o} * kColumns, at, b.width);
            }
            transpose(f.in, b.width, x, kColumns, x_turned, f.in);
            gemm_add(f.hidden, f.in, b.width, dh, kColumns, 1, x_turned, f.in, dw1, f.in);
            if (j.dx)
              gemm(f.in, b.width, f.hidden, f.w1, 1, f.in, dh, kColumns, j.dx + b.sample * f.in * f.points + b.start,
                   f.points, false);
          }
        }
      });
  // Units one after the other into the first, then each part where it belongs.
  for (std::int64_t unit = 1; unit < units; ++unit)
    for (std::int64_t i = 0; i < size; ++i) sums.data()[i] += sums.data()[unit * size + i];
  const T* from = sums.data();
  const auto give = [&from](T* to, std::int64_t n) {
    std::copy_n(from, n, to);
    from += n;
  };
  give(j.dw1, std::int64_t{f.hidden} * f.in);
  give(j.db1, f.hidden);
  give(j.dw2, std::int64_t{f.out} * f.hidden);
  give(j.db2, f.out);
}

FNO_INSTANTIATE(PointwiseMlp);
FNO_INSTANTIATE(PointwiseMlpGrad);

}  // namespace fno::cpu
