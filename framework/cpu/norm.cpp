#include <cmath>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"

namespace fno::cpu {
namespace {

// A plane is read twice or three times in a row: small enough to stay in the cache, and a = GELU(x) is kept beside it.
template <class T>
const T* activated(bool with_gelu, const T* x, T* buffer, std::int64_t n) {
  if (!with_gelu) return x;
  for (std::int64_t p = 0; p < n; ++p) buffer[p] = Math::gelu(x[p]);
  return buffer;
}

template <class T, class F>
double sum_of(std::int64_t n, F&& term) {
  double part[8] = {};
  std::int64_t p = 0;
  for (; p + 8 <= n; p += 8)
    for (int w = 0; w < 8; ++w) part[w] += term(p + w);
  for (; p < n; ++p) part[0] += term(p);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

}  // namespace

template <class T>
void execute(Context& context, const InstanceNorm<T>& j) {
  const std::int64_t n = j.points;
  context.parallel_with_scratch<T>(
      std::int64_t{j.batch} * j.channels, 1 + 4096 / n, static_cast<std::size_t>(n),
      [&](std::int64_t first, std::int64_t last, T* buffer) {
        for (std::int64_t plane = first; plane < last; ++plane) {
          const std::int64_t c = plane % j.channels;
          const T* a = activated(j.gelu, j.x + plane * n, buffer, n);
          const double mean =
              sum_of<T>(n, [&](std::int64_t p) { return static_cast<double>(a[p]); }) / static_cast<double>(n);
          const double variance = sum_of<T>(n,
                                            [&](std::int64_t p) {
                                              const double d = static_cast<double>(a[p]) - mean;
                                              return d * d;
                                            }) /
                                  static_cast<double>(n);
          const double rstd = 1 / std::sqrt(variance + static_cast<double>(j.eps));
          j.mean[plane] = static_cast<T>(mean);
          j.rstd[plane] = static_cast<T>(rstd);
          const T gate = j.gate ? j.gate[c] : T(1), m = static_cast<T>(mean);
          const T scale = gate * (j.gamma ? j.gamma[c] : T(1)) * static_cast<T>(rstd),
                  shift = gate * (j.beta ? j.beta[c] : T(0));
          T* y = j.y + plane * n;
          if (j.residual) {
            const T* r = j.residual + plane * n;
            for (std::int64_t p = 0; p < n; ++p) y[p] = r[p] + ((a[p] - m) * scale + shift);
          } else {
            for (std::int64_t p = 0; p < n; ++p) y[p] = (a[p] - m) * scale + shift;
          }
        }
      });
}

// With S1 = Σ dy and S2 = Σ dy·x̂ of a plane:  da = (gate·γ·rstd)·(dy - S1/P - x̂·S2/P),
// dβ = Σ_b gate·S1, dγ = Σ_b gate·S2, dgate = Σ_b (γ·S2 + β·S1).
template <class T>
void execute(Context& context, const InstanceNormBackward<T>& j) {
  const std::int64_t n = j.points, planes = std::int64_t{j.batch} * j.channels;
  Scratch<double> sums(context.memory(), static_cast<std::size_t>(2 * planes));
  context.parallel_with_scratch<T>(
      planes, 1 + 4096 / n, static_cast<std::size_t>(n), [&](std::int64_t first, std::int64_t last, T* buffer) {
        for (std::int64_t plane = first; plane < last; ++plane) {
          const std::int64_t c = plane % j.channels;
          const T *x = j.x + plane * n, *dy = j.dy + plane * n;
          const T* a = activated(j.gelu, x, buffer, n);
          const T mean = j.mean[plane], rstd = j.rstd[plane];
          const double s1 = sum_of<T>(n, [&](std::int64_t p) { return static_cast<double>(dy[p]); });
          const double s2 =
              sum_of<T>(n, [&](std::int64_t p) { return static_cast<double>(dy[p] * ((a[p] - mean) * rstd)); });
          sums.data()[2 * plane] = s1;
          sums.data()[2 * plane + 1] = s2;
          const T scale = (j.gate ? j.gate[c] : T(1)) * (j.gamma ? j.gamma[c] : T(1)) * rstd;
          const T m1 = static_cast<T>(s1 / static_cast<double>(n)),
                  m2 = static_cast<T>(s2 / static_cast<double>(n)) * rstd;
          T* dx = j.dx + plane * n;
          if (j.gelu)
            for (std::int64_t p = 0; p < n; ++p)
              dx[p] = scale * (dy[p] - m1 - (a[p] - mean) * m2) * Math::gelu_derivative(x[p]);
          else
            for (std::int64_t p = 0; p < n; ++p) dx[p] = scale * (dy[p] - m1 - (a[p] - mean) * m2);
        }
      });
  for (std::int64_t c = 0; c < j.channels; ++c) {
    double s1 = 0, s2 = 0;
    for (std::int64_t b = 0; b < j.batch; ++b) {
      s1 += sums.data()[2 * (b * j.channels + c)];
      s2 += sums.data()[2 * (b * j.channels + c) + 1];
    }
    const double gate = j.gate ? static_cast<double>(j.gate[c]) : 1;
    if (j.dbeta) j.dbeta[c] = static_cast<T>(gate * s1);
    if (j.dgamma) j.dgamma[c] = static_cast<T>(gate * s2);
    if (j.dgate)
      j.dgate[c] = static_cast<T>((j.gamma ? static_cast<double>(j.gamma[c]) : 1) * s2 +
                                  (j.beta ? static_cast<double>(j.beta[c]) : 0) * s1);
  }
}

FNO_INSTANTIATE(InstanceNorm);
FNO_INSTANTIATE(InstanceNormBackward);

}  // namespace fno::cpu
