#include "framework/kernels/loss.h"

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

// One number, one block, several parts with a rest.
std::vector<std::size_t> sizes() {
  return slow_build() ? std::vector<std::size_t>{1, 300} : std::vector<std::size_t>{1, 2, 257, 8192, 20001};
}

// Oracle: the formulas of the contract in long double.
template <class T>
void amplitude_loss_is_near(AmplitudeError error) {
  constexpr double kCounts = 30, kFloor = 0.01, kWeight = 0.125;
  for (const std::size_t n : sizes()) {
    auto p_values = noise<T>(n, 1), t_values = noise<T>(n, 2);
    for (T& value : p_values) value = value / 2 + T(1);  // amplitudes
    for (T& value : t_values) value = value / 2 + T(1);
    for (std::size_t i = 0; i < n; i += 7) p_values[i] = t_values[i];  // no error: derivative 0
    const std::vector<T> dy_value{T(1.75)};
    long double sum = 0, targets = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const long double a = kCounts * static_cast<long double>(p_values[i]);
      const long double o = kCounts * static_cast<long double>(t_values[i]);
      const long double rate = a * a + kFloor;
      sum += error == AmplitudeError::absolute ? std::abs(a - o) / kCounts
                                               : rate - o * o * std::log(rate) + std::lgamma(o * o + 1);
      targets += static_cast<long double>(t_values[i]);
    }
    const long double size = targets / static_cast<long double>(n) + 1e-8L;
    std::vector<double> oracle;
    for (std::size_t i = 0; i < n; ++i) {
      const long double a = kCounts * static_cast<long double>(p_values[i]);
      const long double o = kCounts * static_cast<long double>(t_values[i]);
      const long double slope = error == AmplitudeError::absolute ? static_cast<long double>((a > o) - (a < o))
                                                                  : 2 * kCounts * a * (1 - o * o / (a * a + kFloor));
      oracle.push_back(static_cast<double>(1.75L * kWeight * slope / size));
    }

    const auto run = [&](auto& place, bool backwards) {
      auto p = place.array(p_values), t = place.array(t_values), dy = place.array(dy_value);
      auto loss = place.template room<T>(1), dp = place.template room<T>(n);
      auto mean = place.template room<double>(1);
      place.run(AmplitudeLoss<T>{.error = error,
                                 .p = p.data(),
                                 .t = t.data(),
                                 .loss = loss.data(),
                                 .size = mean.data(),
                                 .n = static_cast<std::int64_t>(n),
                                 .weight = kWeight,
                                 .counts = kCounts,
                                 .floor = kFloor});
      if (!backwards) return reals(loss.to_host());
      place.run(AmplitudeLossBackward<T>{.error = error,
                                         .p = p.data(),
                                         .t = t.data(),
                                         .dy = dy.data(),
                                         .size = mean.data(),
                                         .dp = dp.data(),
                                         .n = static_cast<std::int64_t>(n),
                                         .weight = kWeight,
                                         .counts = kCounts,
                                         .floor = kFloor});
      return reals(dp.to_host());
    };
    expect_parity<T>("amplitude loss", [&](auto& place) { return run(place, false); },
                     {static_cast<double>(kWeight * sum / size)});
    expect_parity<T>(
        "amplitude loss backward", [&](auto& place) { return run(place, true); }, oracle);
  }
}
TEST(CudaAmplitudeLoss, AbsoluteInFloat) { amplitude_loss_is_near<float>(AmplitudeError::absolute); }
TEST(CudaAmplitudeLoss, AbsoluteInDouble) { amplitude_loss_is_near<double>(AmplitudeError::absolute); }
TEST(CudaAmplitudeLoss, PoissonInFloat) { amplitude_loss_is_near<float>(AmplitudeError::poisson); }
TEST(CudaAmplitudeLoss, PoissonInDouble) { amplitude_loss_is_near<double>(AmplitudeError::poisson); }

}  // namespace
}  // namespace fno::cuda_test
