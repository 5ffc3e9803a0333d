#include "framework/kernels/complex.h"

#include <complex>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

// One number, one block, more than a grid has threads.
std::vector<std::int64_t> sizes() {
  return slow_build() ? std::vector<std::int64_t>{1, 300} : std::vector<std::int64_t>{1, 2, 257, 20001};
}

template <class T>
std::complex<double> wide(const Complex<T>& value) {
  return {static_cast<double>(value.re), static_cast<double>(value.im)};
}

void push(std::vector<double>& pairs, std::complex<double> value) {
  pairs.push_back(value.real());
  pairs.push_back(value.imag());
}

// Planes of a against one plane of b, as of patterns and their probe.
template <class T>
void products_are_near() {
  constexpr double kScale = 1.5;
  for (const std::int64_t n : sizes())
    for (const std::int64_t planes : {1, 3})
      for (const bool conjugate : {false, true}) {
        const auto a_values = complex_noise<T>(static_cast<std::size_t>(planes * n), 1);
        const auto b_values = complex_noise<T>(static_cast<std::size_t>(n), 2);
        std::vector<double> oracle;
        for (std::size_t i = 0; i < a_values.size(); ++i) {
          const std::complex<double> b = wide(b_values[i % b_values.size()]);
          push(oracle, kScale * wide(a_values[i]) * (conjugate ? std::conj(b) : b));
        }
        StridedPair pair;
        pair.add(planes, n, 0);
        pair.add(n, 1, 1);
        expect_parity<T>(
            conjugate ? "product with the conjugate" : "complex product",
            [&](auto& place) {
              auto a = place.array(a_values), b = place.array(b_values);
              auto y = place.template room<Complex<T>>(a_values.size());
              place.run(ComplexProduct<T>{.a = a.data(),
                                          .b = b.data(),
                                          .y = y.data(),
                                          .conjugate = conjugate,
                                          .scale = T(kScale),
                                          .pair = pair});
              return y.to_host();
            },
            oracle);
      }
}
TEST(CudaComplexProduct, InFloat) { products_are_near<float>(); }
TEST(CudaComplexProduct, InDouble) { products_are_near<double>(); }

template <class T>
void modulus_is_near() {
  for (const std::int64_t n : sizes()) {
    const auto count = static_cast<std::size_t>(n);
    auto x_values = complex_noise<T>(count, 4);
    for (std::size_t i = 0; i < count; i += 5) x_values[i] = {T(0), T(0)};  // no direction: derivative 0
    const auto dy_values = noise<T>(count, 5);
    std::vector<double> y_oracle, dx_oracle;
    for (std::size_t i = 0; i < count; ++i) {
      const std::complex<double> x = wide(x_values[i]);
      y_oracle.push_back(std::abs(x));
      push(dx_oracle, x == 0.0 ? x : static_cast<double>(dy_values[i]) * x / std::abs(x));
    }
    expect_parity<T>(
        "modulus",
        [&](auto& place) {
          auto x = place.array(x_values);
          auto y = place.template room<T>(count);
          place.run(Modulus<T>{.x = x.data(), .y = y.data(), .n = n});
          return y.to_host();
        },
        y_oracle);
    for (const bool in_place : {false, true})
      expect_parity<T>(
          in_place ? "modulus backward in place" : "modulus backward",
          [&](auto& place) {
            auto x = place.array(x_values);
            auto dy = place.array(dy_values);
            auto dx = place.template room<Complex<T>>(count);
            place.run(
                ModulusBackward<T>{.x = x.data(), .dy = dy.data(), .dx = in_place ? x.data() : dx.data(), .n = n});
            return in_place ? x.to_host() : dx.to_host();
          },
          dx_oracle);
  }
}
TEST(CudaModulus, InFloat) { modulus_is_near<float>(); }
TEST(CudaModulus, InDouble) { modulus_is_near<double>(); }

}  // namespace
}  // namespace fno::cuda_test
