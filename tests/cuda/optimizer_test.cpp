#include <cmath>
#include <limits>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

// Lengths of parameters: 1, ragged pieces, more than one piece, empty; more of them than one launch takes.
std::vector<std::int64_t> lengths() {
  if (slow_build()) return {1, 300};
  std::vector<std::int64_t> list{1, 4096, 0, 9001, 257};
  while (list.size() < 30) list.push_back(3 + static_cast<std::int64_t>(list.size()));
  return list;
}

/// One array each for parameters, gradients and moments, cut into slots.
template <class T>
struct Arrays {
  std::vector<T> p, g, m, v;
};
template <class T>
Arrays<T> arrays(std::int64_t n) {
  const auto count = static_cast<std::size_t>(n);
  Arrays<T> a{noise<T>(count, 1), noise<T>(count, 2), noise<T>(count, 3), noise<T>(count, 4)};
  for (T& v : a.v) v = v * v;
  return a;
}

std::int64_t total(const std::vector<std::int64_t>& lengths) {
  std::int64_t n = 0;
  for (const std::int64_t one : lengths) n += one;
  return n;
}

template <class T>
std::vector<ParameterSlot<T>> slots(const std::vector<std::int64_t>& lengths, T* p, T* g, T* m, T* v) {
  std::vector<ParameterSlot<T>> list;
  for (const std::int64_t n : lengths) {
    list.push_back({p, g, m, v, n, 1, n, 1});
    p += n;
    g += n;
    m += m ? n : 0;
    v += v ? n : 0;
  }
  return list;
}

template <class T>
std::vector<T> joined(std::initializer_list<std::vector<T>> parts) {
  std::vector<T> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Oracle: Adam as in the paper, element by element in double.
template <class T>
void adam_is_near(bool decoupled, bool with_factor) {
  const std::vector<std::int64_t> sizes = lengths();
  const Arrays<T> a = arrays<T>(total(sizes));
  const double rate = 0.01, beta1 = 0.9, beta2 = 0.99, eps = 1e-8, decay = 0.1;
  std::vector<double> p = reals(a.p), m = reals(a.m), v = reals(a.v);
  for (std::size_t i = 0; i < p.size(); ++i) {
    double g = a.g[i] * (with_factor ? 0.25 : 1.0);
    if (decoupled)
      p[i] -= rate * decay * p[i];
    else
      g += decay * p[i];
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    p[i] -= rate * (m[i] / (1 - std::pow(beta1, 3))) / (std::sqrt(v[i] / (1 - std::pow(beta2, 3))) + eps);
  }
  expect_parity<T>(
      decoupled ? "AdamW" : "Adam",
      [&](auto& place) {
        auto dp = place.array(a.p), dg = place.array(a.g), dm = place.array(a.m), dv = place.array(a.v);
        auto factor = place.array(std::vector<double>{0.25});
        const auto list = slots<T>(sizes, dp.data(), dg.data(), dm.data(), dv.data());
        place.run(AdamStep<T>{.slots = list,
                              .rate = rate,
                              .beta1 = beta1,
                              .beta2 = beta2,
                              .eps = eps,
                              .weight_decay = decay,
                              .bias1 = 1 - std::pow(beta1, 3),
                              .bias2 = 1 - std::pow(beta2, 3),
                              .decoupled = decoupled,
                              .grad_factor = with_factor ? factor.data() : nullptr});
        return joined<T>({dp.to_host(), dm.to_host(), dv.to_host()});
      },
      joined<double>({p, m, v}));
}
TEST(CudaAdam, InFloat) {
  adam_is_near<float>(false, true);
  adam_is_near<float>(true, false);
}
TEST(CudaAdam, InDouble) {
  adam_is_near<double>(false, false);
  adam_is_near<double>(true, true);
}

// Oracle: the formula of the contract, element by element in double.
template <class T>
void sgd_is_near(double momentum, bool nesterov, bool first, bool with_factor) {
  const std::vector<std::int64_t> sizes = lengths();
  const Arrays<T> a = arrays<T>(total(sizes));
  const double rate = 0.1, decay = 0.05;
  std::vector<double> p = reals(a.p), m = reals(a.m);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double g = a.g[i] * (with_factor ? 0.5 : 1.0) + decay * p[i];
    double u = g;
    if (momentum != 0) u = m[i] = first ? g : momentum * m[i] + g;
    p[i] -= rate * (nesterov ? g + momentum * u : u);
  }
  expect_parity<T>(
      "SGD",
      [&](auto& place) {
        // The moments of a first step are not read.
        const std::vector<T> unread(a.m.size(), std::numeric_limits<T>::quiet_NaN());
        auto dp = place.array(a.p), dg = place.array(a.g), dm = place.array(first ? unread : a.m);
        auto factor = place.array(std::vector<double>{0.5});
        const auto list = slots<T>(sizes, dp.data(), dg.data(), momentum != 0 ? dm.data() : nullptr, nullptr);
        place.run(SgdStep<T>{.slots = list,
                             .rate = rate,
                             .momentum = momentum,
                             .weight_decay = decay,
                             .nesterov = nesterov,
                             .first = first,
                             .grad_factor = with_factor ? factor.data() : nullptr});
        return momentum != 0 ? joined<T>({dp.to_host(), dm.to_host()}) : dp.to_host();
      },
      momentum != 0 ? joined<double>({p, m}) : p);
}
TEST(CudaSgd, InFloat) {
  sgd_is_near<float>(0, false, false, true);
  sgd_is_near<float>(0.9, false, true, false);
  sgd_is_near<float>(0.9, true, false, true);
}
TEST(CudaSgd, InDouble) { sgd_is_near<double>(0.9, true, false, false); }

// Oracle: the sum of squares in long double.
template <class T>
void norm_is_near(const std::vector<std::int64_t>& sizes) {
  const Arrays<T> a = arrays<T>(total(sizes));
  long double squares = 0;
  for (const T g : a.g) squares += static_cast<long double>(g) * g;
  const double norm = static_cast<double>(std::sqrt(squares));
  expect_parity<double>("norm",
                        [&](auto& place) {
                          auto g = place.array(a.g);
                          auto result = place.template room<double>(2);
                          const auto list = slots<T>(sizes, nullptr, g.data(), nullptr, nullptr);
                          place.run(GradNorm<T>{.slots = list, .norm = result.data()});
                          place.run(NormFactor{.norm = result.data(), .factor = result.data() + 1, .max_norm = 0.5});
                          return result.to_host();
                        },
                        {norm, std::min(1.0, 0.5 / (norm + 1e-6))});
}
TEST(CudaGradNorm, InFloat) { norm_is_near<float>(lengths()); }
TEST(CudaGradNorm, InDouble) { norm_is_near<double>(lengths()); }
TEST(CudaGradNorm, OfNothingIsZero) { norm_is_near<float>({}); }

template <class T>
void clamp_is_exact() {
  const std::vector<std::int64_t> sizes = lengths();
  const Arrays<T> a = arrays<T>(total(sizes));
  std::vector<double> oracle;
  for (const T g : a.g) oracle.push_back(std::clamp(g, T(-0.5), T(0.5)));
  expect_parity<T>(
      "clamp",
      [&](auto& place) {
        auto g = place.array(a.g);
        const auto list = slots<T>(sizes, nullptr, g.data(), nullptr, nullptr);
        place.run(ClampGrad<T>{.slots = list, .value = 0.5});
        return g.to_host();
      },
      oracle);
}
TEST(CudaClampGrad, InFloat) { clamp_is_exact<float>(); }
TEST(CudaClampGrad, InDouble) { clamp_is_exact<double>(); }

TEST(CudaClampGrad, NaNStays) {
  OnCuda device;
  auto g = device.array(std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 3});
  const auto list = slots<float>({2}, nullptr, g.data(), nullptr, nullptr);
  device.run(ClampGrad<float>{.slots = list, .value = 1});
  EXPECT_TRUE(std::isnan(g.to_host()[0]));
  EXPECT_EQ(g.to_host()[1], 1.0f);
}

struct Extents {
  std::int64_t outer, units, inner;
};

// Oracle: Brock et al.'s rule by plain loops in double.
template <class T>
void adaptive_is_near(const std::vector<Extents>& tensors, bool per_unit) {
  std::int64_t n = 0;
  for (const Extents& e : tensors) n += e.outer * e.units * e.inner;
  const Arrays<T> a = arrays<T>(n);
  // A factor at which some are clipped and some are not; one unit is so small that eps decides.
  const double factor = 0.98, eps = 1e-3;
  std::vector<double> oracle = reals(a.g);
  std::size_t start = 0;
  for (const Extents& e : tensors) {
    const std::int64_t units = per_unit ? e.units : 1, inner = per_unit ? e.inner : e.units * e.inner;
    const auto each = [&](std::int64_t unit, auto&& f) {
      for (std::int64_t o = 0; o < e.outer; ++o)
        for (std::int64_t k = 0; k < inner; ++k) f(start + static_cast<std::size_t>((o * units + unit) * inner + k));
    };
    for (std::int64_t unit = 0; unit < units; ++unit) {
      double p2 = 0, g2 = 0;
      each(unit, [&](std::size_t i) {
        p2 += static_cast<double>(a.p[i]) * a.p[i];
        g2 += static_cast<double>(a.g[i]) * a.g[i];
      });
      const double limit = factor * std::max(std::sqrt(p2), eps), norm = std::sqrt(g2);
      if (norm > limit) each(unit, [&](std::size_t i) { oracle[i] *= limit / norm; });
    }
    start += static_cast<std::size_t>(e.outer * e.units * e.inner);
  }
  expect_parity<T>(
      per_unit ? "by unit" : "by tensor",
      [&](auto& place) {
        auto p = place.array(a.p), g = place.array(a.g);
        std::vector<ParameterSlot<T>> list;
        std::int64_t at = 0;
        for (const Extents& e : tensors) {
          const std::int64_t count = e.outer * e.units * e.inner;
          list.push_back({p.data() + at, g.data() + at, nullptr, nullptr, count, e.outer, e.units, e.inner});
          at += count;
        }
        place.run(AdaptiveClip<T>{.slots = list, .factor = factor, .eps = eps, .per_unit = per_unit});
        return g.to_host();
      },
      oracle);
}
std::vector<Extents> tensors() {
  if (slow_build()) return {{2, 3, 5}, {1, 4, 60}};
  std::vector<Extents> list{{2, 3, 5}, {1, 7, 1}, {0, 1, 1}, {3, 2, 2000}, {1, 2, 4097}, {1, 1, 1}};
  while (list.size() < 27) list.push_back({1, 2, static_cast<std::int64_t>(list.size())});
  return list;
}
TEST(CudaAdaptiveClip, ByUnitInFloat) { adaptive_is_near<float>(tensors(), true); }
TEST(CudaAdaptiveClip, ByTensorInFloat) { adaptive_is_near<float>(tensors(), false); }
TEST(CudaAdaptiveClip, ByUnitInDouble) { adaptive_is_near<double>(tensors(), true); }
TEST(CudaAdaptiveClip, ByTensorInDouble) { adaptive_is_near<double>(tensors(), false); }

}  // namespace
}  // namespace fno::cuda_test
