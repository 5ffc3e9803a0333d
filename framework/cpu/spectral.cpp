// The truncated transform as matrix products, one (sample, group of channels) at a time, so that what one step writes
// the next still finds in the cache. Design: real tables, frequencies k and -k sharing their products.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/gemm.h"

namespace fno::cpu {
namespace {

constexpr int kGroup = 8;  // channels of a unit: their coefficients of one mode fill a 64-byte line of the spectrum

// Sizes of the stages of one channel. Between stages a plane is rows of [Re | Im] halves:
// x (n0·n1, n2) → last (n0·n1, 2·k2) → rows (n0, 2·k1·k2) → all (1, 2·k0·k1·k2).
struct Stages {
  int n0, n1, n2, k0, k1, k2;
  explicit Stages(const ModeSet& m)
      : n0(m.size[0]),
        n1(m.size[1]),
        n2(m.size[2]),
        k0(static_cast<int>(m.frequency[0].size())),
        k1(static_cast<int>(m.frequency[1].size())),
        k2(static_cast<int>(m.frequency[2].size())) {}
  std::size_t last() const { return 2 * std::size_t(n0) * n1 * k2; }
  std::size_t rows() const { return 2 * std::size_t(n0) * k1 * k2; }
  std::size_t all() const { return 2 * std::size_t(k0) * k1 * k2; }
  template <class T>
  std::size_t products(const AxisTable<T>& a0, const AxisTable<T>& a1) const {
    return std::max(4 * std::size_t(a1.distinct) * k2, 4 * std::size_t(a0.distinct) * k1 * k2);
  }
};

// One leading axis, forward: in (points, 2n) → out (kept, 2n) with row pitch `pitch`, the Im half `im` later.
// With u = |k|: Z(±k) = (C·Ur ± S·Ui) + i(C·Ui ∓ S·Ur).
template <class T>
void analyse_axis(const AxisTable<T>& t, int n, const T* in, T* products, T* out, std::size_t pitch, std::size_t im) {
  const std::size_t width = 2 * static_cast<std::size_t>(n);
  gemm(2 * t.distinct, 2 * n, t.points, t.analysis.data(), t.points, 1, in, 2 * n, products, 2 * n, false);
  for (int k = 0; k < t.kept; ++k) {
    const T* c = products + static_cast<std::size_t>(t.slot[k]) * width;
    const T* s = products + static_cast<std::size_t>(t.distinct + t.slot[k]) * width;
    T *re = out + static_cast<std::size_t>(k) * pitch, *imag = re + im;
    if (t.sign[k] > 0)
      for (int j = 0; j < n; ++j) re[j] = c[j] + s[n + j], imag[j] = c[n + j] - s[j];
    else
      for (int j = 0; j < n; ++j) re[j] = c[j] - s[n + j], imag[j] = c[n + j] + s[j];
  }
}

// The reverse: in (kept, …) with the same pitches → out (points, 2n). Sums of the pairs ±k first, then one product.
template <class T>
void synthesise_axis(const AxisTable<T>& t, int n, const T* in, std::size_t pitch, std::size_t im, T* pairs, T* out) {
  const std::size_t width = 2 * static_cast<std::size_t>(n);
  std::fill_n(pairs, 2 * static_cast<std::size_t>(t.distinct) * width, T(0));
  for (int k = 0; k < t.kept; ++k) {
    T* p = pairs + static_cast<std::size_t>(t.slot[k]) * width;
    T* m = pairs + static_cast<std::size_t>(t.distinct + t.slot[k]) * width;
    const T *re = in + static_cast<std::size_t>(k) * pitch, *imag = re + im;
    const T sign = static_cast<T>(t.sign[k]);
    for (int j = 0; j < n; ++j) {
      p[j] += re[j];
      p[n + j] += imag[j];
      m[j] -= sign * imag[j];
      m[n + j] += sign * re[j];
    }
  }
  gemm(t.points, 2 * n, 2 * t.distinct, t.synthesis.data(), 2 * t.distinct, 1, pairs, 2 * n, out, 2 * n, false);
}

template <class T>
bool is_trivial(const AxisTable<T>& t) {
  return t.points == 1;
}

std::int64_t groups_of(int channels) { return (channels + kGroup - 1) / kGroup; }

}  // namespace

template <class T>
void execute(Context& context, const Analyse<T>& j) {
  const Stages st(*j.modes);
  const SpectralTables<T>& t = context.tables<T>(*j.modes);
  const AxisTable<T>* axis = t.axis[j.weighted];
  const std::int64_t groups = groups_of(j.channels), points = j.modes->points();
  const int modes = j.modes->count();
  const std::size_t per_channel = st.last() + st.rows() + st.all();
  context.parallel_with_scratch<T>(
      j.batch * groups, 1, kGroup * per_channel + st.products(axis[0], axis[1]),
      [&](std::int64_t first, std::int64_t last, T* scratch) {
        T* lasts = scratch;
        T* rows = lasts + kGroup * st.last();
        T* all = rows + kGroup * st.rows();
        T* products = all + kGroup * st.all();
        for (std::int64_t unit = first; unit < last; ++unit) {
          const std::int64_t b = unit / groups, c0 = unit % groups * kGroup;
          const int width = static_cast<int>(std::min<std::int64_t>(kGroup, j.channels - c0));
          const T* x = j.x + (b * j.channels + c0) * points;
          gemm(width * st.n0 * st.n1, 2 * st.k2, st.n2, x, st.n2, 1, t.last_analysis[j.weighted].data(), 2 * st.k2,
               lasts, 2 * st.k2, false);
          for (int c = 0; c < width; ++c) {
            const T* in = lasts + static_cast<std::size_t>(c) * st.last();
            if (!is_trivial(axis[1])) {  // rows of one slice, its kept rows side by side
              T* out = rows + static_cast<std::size_t>(c) * st.rows();
              const std::size_t half = static_cast<std::size_t>(st.k1) * st.k2;
              for (int d = 0; d < st.n0; ++d)
                analyse_axis(axis[1], st.k2, in + 2 * static_cast<std::size_t>(d) * st.n1 * st.k2, products,
                             out + static_cast<std::size_t>(d) * 2 * half, static_cast<std::size_t>(st.k2), half);
              in = out;
            }
            T* out = all + static_cast<std::size_t>(c) * st.all();
            const int n = st.k1 * st.k2;
            if (!is_trivial(axis[0]))
              analyse_axis(axis[0], n, in, products, out, static_cast<std::size_t>(n),
                           static_cast<std::size_t>(st.k0) * n);
            else
              std::copy_n(in, st.all(), out);
          }
          for (int m = 0; m < modes; ++m) {
            Complex<T>* to = j.x_hat + (static_cast<std::int64_t>(m) * j.batch + b) * j.channels + c0;
            for (int c = 0; c < width; ++c) {
              const T* from = all + static_cast<std::size_t>(c) * st.all();
              to[c] = {from[m] * j.scale, from[modes + m] * j.scale};
            }
          }
        }
      });
}

template <class T>
void execute(Context& context, const Synthesise<T>& j) {
  const Stages st(*j.modes);
  const SpectralTables<T>& t = context.tables<T>(*j.modes);
  const AxisTable<T>* axis = t.axis[j.weighted];
  const std::int64_t groups = groups_of(j.channels), points = j.modes->points();
  const int modes = j.modes->count();
  const std::size_t per_channel = st.last() + st.rows() + st.all();
  context.parallel_with_scratch<T>(
      j.batch * groups, 1, kGroup * per_channel + st.products(axis[0], axis[1]),
      [&](std::int64_t first, std::int64_t last, T* scratch) {
        T* lasts = scratch;
        T* rows = lasts + kGroup * st.last();
        T* all = rows + kGroup * st.rows();
        T* pairs = all + kGroup * st.all();
        for (std::int64_t unit = first; unit < last; ++unit) {
          const std::int64_t b = unit / groups, c0 = unit % groups * kGroup;
          const int width = static_cast<int>(std::min<std::int64_t>(kGroup, j.channels - c0));
          for (int m = 0; m < modes; ++m) {
            const Complex<T>* from = j.y_hat + (static_cast<std::int64_t>(m) * j.batch + b) * j.channels + c0;
            for (int c = 0; c < width; ++c) {
              T* to = all + static_cast<std::size_t>(c) * st.all();
              to[m] = from[c].re * j.scale;
              to[modes + m] = from[c].im * j.scale;
            }
          }
          for (int c = 0; c < width; ++c) {
            const T* in = all + static_cast<std::size_t>(c) * st.all();
            T* final_rows = lasts + static_cast<std::size_t>(c) * st.last();
            const int n = st.k1 * st.k2;
            const bool rows_trivial = is_trivial(axis[1]);
            T* out = rows_trivial ? final_rows : rows + static_cast<std::size_t>(c) * st.rows();
            if (!is_trivial(axis[0]))
              synthesise_axis(axis[0], n, in, static_cast<std::size_t>(n), static_cast<std::size_t>(st.k0) * n, pairs,
                              out);
            else
              std::copy_n(in, st.all(), out);
            if (rows_trivial) continue;
            const std::size_t half = static_cast<std::size_t>(n);
            for (int d = 0; d < st.n0; ++d)
              synthesise_axis(axis[1], st.k2, out + static_cast<std::size_t>(d) * 2 * half,
                              static_cast<std::size_t>(st.k2), half, pairs,
                              final_rows + 2 * static_cast<std::size_t>(d) * st.n1 * st.k2);
          }
          gemm(width * st.n0 * st.n1, st.n2, 2 * st.k2, lasts, 2 * st.k2, 1, t.last_synthesis[j.weighted].data(), st.n2,
               j.y + (b * j.channels + c0) * points, st.n2, j.accumulate);
        }
      });
}

FNO_INSTANTIATE(Analyse);
FNO_INSTANTIATE(Synthesise);

}  // namespace fno::cpu
