#include "tests/cuda/parity.h"

// InstanceNorm and its gradients against the CPU, and the forward pass against its formula in double.
namespace fno::cuda_test {
namespace {

struct Case {
  int batch, channels, points;
  bool gelu, affine, gated, residual;  // affine: gamma and beta
  double offset;                       // of x
  [[nodiscard]] std::string name() const {
    return std::to_string(batch) + "x" + std::to_string(channels) + "x" + std::to_string(points) +
           (gelu ? " gelu" : "") + (affine ? " affine" : "") + (gated ? " gated" : "") + (residual ? " residual" : "");
  }
  [[nodiscard]] std::size_t planes() const { return static_cast<std::size_t>(batch * channels); }
  [[nodiscard]] std::size_t size() const { return planes() * static_cast<std::size_t>(points); }
};

// Below, at and above a warp, a block and the largest plane that one block takes (24576 points in float, 12288 in
// double). A plane of 48 KiB, 96 x 128 in float and half as many points in double, passes what a block gets without
// asking only together with the partial sums beside it.
std::vector<Case> cases() {
  std::vector<Case> all{{1, 1, 1, false, false, false, false, 0}, {2, 3, 31, true, true, true, true, 0},
                        {1, 5, 33, false, true, false, true, 3},  {3, 2, 64, true, false, true, false, 0},
                        {40, 3, 5, true, true, true, true, 0},    {2, 1, 257, false, false, false, true, 100},
                        {1, 2, 1100, true, true, false, false, 1}};
  if (slow_build()) return all;
  const std::vector<Case> large{
      {2, 1, 4097, false, true, true, true, 0},    {1, 2, 6144, true, true, true, true, 0},
      {1, 2, 96 * 128, true, true, true, true, 0}, {1, 1, 12289, true, true, true, true, 0},
      {1, 2, 24577, true, true, true, true, 0},    {2, 1, 25000, false, false, false, false, 10}};
  all.insert(all.end(), large.begin(), large.end());
  return all;
}

template <class T>
struct Values {
  std::vector<T> x, gamma, beta, gate, residual, dy;
  explicit Values(const Case& one)
      : x(noise<T>(one.size(), 1)),
        gamma(noise<T>(static_cast<std::size_t>(one.channels), 2)),
        beta(noise<T>(static_cast<std::size_t>(one.channels), 3)),
        gate(noise<T>(static_cast<std::size_t>(one.channels), 4)),
        residual(noise<T>(one.size(), 5)),
        dy(noise<T>(one.size(), 6)) {
    for (T& value : x) value = value * T(3) + static_cast<T>(one.offset);
  }
};

constexpr double kEps = 1e-5;

double gelu_of(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

// y, mean and rstd from the contract's formula.
struct Oracle {
  std::vector<double> y, mean, rstd;
};
template <class T>
Oracle forward_oracle(const Case& one, const Values<T>& v) {
  Oracle o;
  for (std::size_t plane = 0; plane < one.planes(); ++plane) {
    const std::size_t c = plane % static_cast<std::size_t>(one.channels);
    const auto n = static_cast<std::size_t>(one.points);
    std::vector<double> a(n);
    double mean = 0, variance = 0;
    for (std::size_t p = 0; p < n; ++p) {
      const double x = v.x[plane * n + p];
      a[p] = one.gelu ? gelu_of(x) : x;
      mean += a[p] / one.points;
    }
    for (const double value : a) variance += (value - mean) * (value - mean) / one.points;
    const double rstd = 1 / std::sqrt(variance + static_cast<double>(static_cast<T>(kEps)));
    o.mean.push_back(mean);
    o.rstd.push_back(rstd);
    for (std::size_t p = 0; p < n; ++p) {
      const double gamma = one.affine ? v.gamma[c] : T(1), beta = one.affine ? v.beta[c] : T(0);
      const double normed = gamma * (a[p] - mean) * rstd + beta;
      o.y.push_back((one.residual ? static_cast<double>(v.residual[plane * n + p]) : 0.0) +
                    (one.gated ? static_cast<double>(v.gate[c]) : 1.0) * normed);
    }
  }
  return o;
}

// Which of a job's results a case returns.
enum class Forward { y, mean, rstd };
enum class Backward { dx, dgamma, dbeta, dgate };

template <class T>
void forward(const Case& one, Forward wanted, const Values<T>& v, const std::vector<double>& oracle) {
  const auto run = [&](auto& place) {
    auto x = place.array(v.x);
    auto gamma = place.array(v.gamma), beta = place.array(v.beta), gate = place.array(v.gate);
    auto residual = place.array(v.residual);
    auto y = place.template room<T>(one.size());
    auto mean = place.template room<T>(one.planes()), rstd = place.template room<T>(one.planes());
    place.run(InstanceNorm<T>{x.data(), one.affine ? gamma.data() : nullptr, one.affine ? beta.data() : nullptr,
                              one.gated ? gate.data() : nullptr, one.residual ? residual.data() : nullptr, y.data(),
                              mean.data(), rstd.data(), one.batch, one.channels, one.points, static_cast<T>(kEps),
                              one.gelu});
    return wanted == Forward::y ? y.to_host() : wanted == Forward::mean ? mean.to_host() : rstd.to_host();
  };
  expect_parity<T>("InstanceNorm " + one.name(), run, oracle);
}

template <class T>
void backward(const Case& one, Backward wanted) {
  const Values<T> v(one);
  const auto run = [&](auto& place) {
    auto x = place.array(v.x);
    auto gamma = place.array(v.gamma), beta = place.array(v.beta), gate = place.array(v.gate);
    auto dy = place.array(v.dy);
    auto y = place.template room<T>(one.size()), dx = place.template room<T>(one.size());
    auto mean = place.template room<T>(one.planes()), rstd = place.template room<T>(one.planes());
    const auto channels = static_cast<std::size_t>(one.channels);
    auto dgamma = place.template room<T>(channels), dbeta = place.template room<T>(channels);
    auto dgate = place.template room<T>(channels);
    const T *at_gamma = one.affine ? gamma.data() : nullptr, *at_beta = one.affine ? beta.data() : nullptr,
            *at_gate = one.gated ? gate.data() : nullptr;
    place.run(InstanceNorm<T>{x.data(), at_gamma, at_beta, at_gate, nullptr, y.data(), mean.data(), rstd.data(),
                              one.batch, one.channels, one.points, static_cast<T>(kEps), one.gelu});
    // Gradients that are not wanted are null: only one of the three here.
    const auto only = [&](Backward which, T* gradient) { return wanted == which ? gradient : nullptr; };
    place.run(InstanceNormBackward<T>{x.data(), at_gamma, at_beta, at_gate, mean.data(), rstd.data(), dy.data(),
                                      dx.data(), only(Backward::dgamma, dgamma.data()),
                                      only(Backward::dbeta, dbeta.data()), only(Backward::dgate, dgate.data()),
                                      one.batch, one.channels, one.points, one.gelu});
    switch (wanted) {
      case Backward::dgamma: return dgamma.to_host();
      case Backward::dbeta: return dbeta.to_host();
      case Backward::dgate: return dgate.to_host();
      default: return dx.to_host();
    }
  };
  expect_parity<T>("InstanceNormBackward " + one.name(), run);
}

template <class T>
void forward_all(const Case& one) {
  const Values<T> values(one);
  const Oracle oracle = forward_oracle(one, values);
  // A mean of 100 leaves 1e-5 of rounding in x - mean: the formula in double is no measure there, the CPU still is.
  const bool exact = one.offset < 5;
  forward<T>(one, Forward::y, values, exact ? oracle.y : std::vector<double>());
  if (testing::Test::HasFatalFailure()) return;
  forward<T>(one, Forward::mean, values, oracle.mean);
  if (testing::Test::HasFatalFailure()) return;
  forward<T>(one, Forward::rstd, values, oracle.rstd);
}

TEST(CudaNorm, Forward) {
  for (const Case& one : cases()) {
    ASSERT_NO_FATAL_FAILURE(forward_all<float>(one));
    ASSERT_NO_FATAL_FAILURE(forward_all<double>(one));
  }
}

TEST(CudaNorm, Backward) {
  for (const Case& one : cases())
    for (const Backward wanted : {Backward::dx, Backward::dgamma, Backward::dbeta, Backward::dgate}) {
      // Large planes differ in how S1 and S2 come about, and dgate has both.
      if (one.points > 2000 && (wanted == Backward::dgamma || wanted == Backward::dbeta)) continue;
      SCOPED_TRACE(static_cast<int>(wanted));
      ASSERT_NO_FATAL_FAILURE(backward<float>(one, wanted));
      ASSERT_NO_FATAL_FAILURE(backward<double>(one, wanted));
    }
}

// A large offset must not cost digits of the variance: two passes, not E[x²] - E[x]².
TEST(CudaNorm, VarianceSurvivesALargeOffset) {
  for (const int points : {64, 30000}) {
    if (slow_build() && points > 1000) break;
    // Alternating 4096 ± ½ is exact in float: mean 4096, variance ¼.
    std::vector<float> values;
    for (int p = 0; p < points; ++p) values.push_back(p % 2 == 0 ? 4096.5f : 4095.5f);
    OnCuda device;
    auto x = device.array(values);
    auto y = device.room<float>(values.size()), mean = device.room<float>(1), rstd = device.room<float>(1);
    device.run(InstanceNorm<float>{x.data(), nullptr, nullptr, nullptr, nullptr, y.data(), mean.data(), rstd.data(), 1,
                                   1, points, 0.0f, false});
    EXPECT_EQ(mean.to_host()[0], 4096.0f);
    EXPECT_EQ(rstd.to_host()[0], 2.0f);
    EXPECT_EQ(y.to_host()[0], 1.0f);
    EXPECT_EQ(y.to_host()[1], -1.0f);
  }
}

}  // namespace
}  // namespace fno::cuda_test
