#include <complex>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

struct Case {
  std::int64_t batch, channels, height, width;
  [[nodiscard]] std::int64_t planes() const { return batch * channels; }
  [[nodiscard]] std::int64_t points() const { return height * width; }
  [[nodiscard]] std::size_t all() const { return static_cast<std::size_t>(planes() * points()); }
};

// Even and odd sides, several channels, tiny; one larger than the grid has threads.
std::vector<Case> cases() {
  std::vector<Case> list{{2, 1, 4, 6}, {1, 2, 5, 7}};
  if (slow_build()) return list;
  list.push_back({1, 1, 1, 1});
  list.push_back({3, 2, 1, 9});
  list.push_back({2, 3, 8, 1});
  list.push_back({5, 1, 41, 33});
  return list;
}

template <class T>
std::complex<double> wide(const Complex<T>& value) {
  return {static_cast<double>(value.re), static_cast<double>(value.im)};
}

template <class T>
void illumination_is_near() {
  constexpr double kGain = 1.5;
  for (const Case& c : cases()) {
    const std::size_t points = static_cast<std::size_t>(c.points()), channels = static_cast<std::size_t>(c.channels);
    const auto patch_values = noise<T>(2 * c.all(), 1);
    const auto probe_values = complex_noise<T>(points, 2), dpsi_values = complex_noise<T>(c.all(), 3);
    std::vector<double> psi_oracle, dpatch_oracle(2 * c.all());
    for (std::size_t i = 0; i < c.all(); ++i) {
      const std::size_t p = i % points, channel = i / points % channels, b = i / points / channels;
      const std::size_t re = (b * 2 * channels + channel) * points + p, im = re + channels * points;
      const std::complex<double> o(static_cast<double>(patch_values[re]), static_cast<double>(patch_values[im]));
      const std::complex<double> psi = kGain * o * wide(probe_values[p]);
      const std::complex<double> d = kGain * wide(dpsi_values[i]) * std::conj(wide(probe_values[p]));
      psi_oracle.push_back(psi.real());
      psi_oracle.push_back(psi.imag());
      dpatch_oracle[re] = d.real();
      dpatch_oracle[im] = d.imag();
    }
    expect_parity<T>(
        "illuminate",
        [&](auto& place) {
          auto patch = place.array(patch_values);
          auto probe = place.array(probe_values);
          auto psi = place.template room<Complex<T>>(c.all());
          place.run(Illuminate<T>{.patch = patch.data(),
                                  .probe = probe.data(),
                                  .psi = psi.data(),
                                  .batch = c.batch,
                                  .channels = c.channels,
                                  .points = c.points(),
                                  .gain = T(kGain)});
          return psi.to_host();
        },
        psi_oracle);
    expect_parity<T>(
        "illuminate backward",
        [&](auto& place) {
          auto dpsi = place.array(dpsi_values);
          auto probe = place.array(probe_values);
          auto dpatch = place.template room<T>(2 * c.all());
          place.run(IlluminateBackward<T>{.dpsi = dpsi.data(),
                                          .probe = probe.data(),
                                          .dpatch = dpatch.data(),
                                          .batch = c.batch,
                                          .channels = c.channels,
                                          .points = c.points(),
                                          .gain = T(kGain)});
          return dpatch.to_host();
        },
        dpatch_oracle);
  }
}
TEST(CudaIlluminate, InFloat) { illumination_is_near<float>(); }
TEST(CudaIlluminate, InDouble) { illumination_is_near<double>(); }

template <class T>
void modulus_is_near() {
  constexpr double kScale = 0.25;
  for (const Case& c : cases()) {
    auto x_values = complex_noise<T>(c.all(), 4);
    for (std::size_t i = 0; i < c.all(); i += 5) x_values[i] = {T(0), T(0)};  // no direction: derivative 0
    const auto dy_values = noise<T>(c.all(), 5);
    std::vector<double> y_oracle(c.all()), dx_oracle;
    for (std::int64_t plane = 0; plane < c.planes(); ++plane)
      for (std::int64_t k = 0; k < c.height; ++k)
        for (std::int64_t l = 0; l < c.width; ++l) {
          const auto from = static_cast<std::size_t>((plane * c.height + k) * c.width + l);
          const auto to = static_cast<std::size_t>((plane * c.height + (k + c.height / 2) % c.height) * c.width +
                                                   (l + c.width / 2) % c.width);
          const std::complex<double> x = wide(x_values[from]);
          y_oracle[to] = kScale * std::abs(x);
          const std::complex<double> dx = x == 0.0 ? x : kScale * static_cast<double>(dy_values[to]) * x / std::abs(x);
          dx_oracle.push_back(dx.real());
          dx_oracle.push_back(dx.imag());
        }
    expect_parity<T>(
        "shifted modulus",
        [&](auto& place) {
          auto x = place.array(x_values);
          auto y = place.template room<T>(c.all());
          place.run(ShiftedModulus<T>{.x = x.data(),
                                      .y = y.data(),
                                      .planes = c.planes(),
                                      .height = c.height,
                                      .width = c.width,
                                      .scale = T(kScale)});
          return y.to_host();
        },
        y_oracle);
    for (const bool in_place : {false, true})
      expect_parity<T>(
          in_place ? "shifted modulus backward in place" : "shifted modulus backward",
          [&](auto& place) {
            auto x = place.array(x_values);
            auto dy = place.array(dy_values);
            auto dx = place.template room<Complex<T>>(c.all());
            place.run(ShiftedModulusBackward<T>{.x = x.data(),
                                                .dy = dy.data(),
                                                .dx = in_place ? x.data() : dx.data(),
                                                .planes = c.planes(),
                                                .height = c.height,
                                                .width = c.width,
                                                .scale = T(kScale)});
            return in_place ? x.to_host() : dx.to_host();
          },
          dx_oracle);
  }
}
TEST(CudaShiftedModulus, InFloat) { modulus_is_near<float>(); }
TEST(CudaShiftedModulus, InDouble) { modulus_is_near<double>(); }

}  // namespace
}  // namespace fno::cuda_test
