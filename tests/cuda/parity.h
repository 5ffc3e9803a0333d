#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "cuda/context.h"
#include "framework/cpu/device.h"
#include "tests/cuda/emulation/device_array.h"
#include "tests/cuda/orders.h"

/// The same job on the CPU and on the device, emulated or real. A case is a generic function of the place it runs in:
///
///     [&](auto& place) {
///       auto x = place.array(values);           // a copy of a vector
///       auto y = place.template room<T>(n);     // n elements of NaN
///       place.run(Scale<T>{x.data(), y.data(), 2, 0, 0, n});
///       return y.to_host();
///     }
namespace fno::cuda_test {

/// Plain vectors and the CPU backend on one thread.
class OnCpu {
 public:
  template <class E>
  class Array {
   public:
    explicit Array(std::vector<E> values) : values_(std::move(values)) {}
    [[nodiscard]] E* data() { return values_.data(); }
    [[nodiscard]] std::vector<E> to_host() const { return values_; }

   private:
    std::vector<E> values_;
  };

  template <class E>
  [[nodiscard]] Array<E> array(const std::vector<E>& values) {
    return Array<E>(values);
  }
  template <class E>
  [[nodiscard]] Array<E> room(std::size_t count) {
    std::vector<E> values(count);
    if (count > 0) std::memset(static_cast<void*>(values.data()), 0xFF, count * sizeof(E));
    return Array<E>(std::move(values));
  }
  template <class Job>
  void run(const Job& job) {
    device_.run(job);
  }

 private:
  Device device_ = cpu_device(1);
};

/// Device memory of exact size, so that a stray access is seen, and the kernels of the device.
class OnCuda {
  template <class E>
  struct Array : emulation_test::DeviceArray<E> {
    explicit Array(const std::vector<E>& values) : emulation_test::DeviceArray<E>(values) {}
    explicit Array(std::size_t count) : emulation_test::DeviceArray<E>(count) {
      poison(this->data(), count * sizeof(E));
    }
  };

 public:
  template <class E>
  [[nodiscard]] Array<E> array(const std::vector<E>& values) {
    return Array<E>(values);
  }
  template <class E>
  [[nodiscard]] Array<E> room(std::size_t count) {
    return Array<E>(count);
  }
  template <class Job>
  void run(const Job& job) {
    cuda::execute(context_, job);
    cu::check(cu::stream_synchronize(context_.stream()));
  }

 protected:
  cuda::Context context_{0, device_name()};
};

template <class T>
inline constexpr double kTolerance = std::is_same_v<T, float> ? 5e-6 : 1e-12;

/// Reals in (-1, 1), the same for the same seed.
template <class T>
std::vector<T> noise(std::size_t count, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(static_cast<double>(engine()) / 2147483648.0 - 1.0);
  return values;
}
template <class T>
std::vector<Complex<T>> complex_noise(std::size_t count, std::uint32_t seed) {
  const std::vector<T> parts = noise<T>(2 * count, seed);
  std::vector<Complex<T>> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = {parts[2 * i], parts[2 * i + 1]};
  return values;
}

template <class T>
std::vector<double> reals(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}
template <class T>
std::vector<double> reals(const std::vector<Complex<T>>& values) {
  std::vector<double> parts;
  for (const Complex<T>& value : values) parts.push_back(value.re), parts.push_back(value.im);
  return parts;
}

/// Every element within `tolerance` of the largest expected one; NaN is far.
inline void expect_close(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  double largest = 0;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_TRUE(std::abs(got[i] - expected[i]) <= tolerance * largest)
        << "element " << i << ": " << got[i] << ", expected " << expected[i];
}

/// Runs the case on the device as often as orders.h says: near the CPU's result, near `oracle` if it is not empty, and
/// bit for bit the same in all runs.
template <class T, class Case>
void expect_parity(const std::string& name, const Case& run, const std::vector<double>& oracle = {}) {
  OnCpu cpu;
  const std::vector<double> expected = reals(run(cpu));
  OnCuda device;
  std::vector<double> first;
  for (int i = 0; i < runs(); ++i) {
    SCOPED_TRACE(name + " in " + describe_run(i));
    const ScopedRun scope(i);
    const std::vector<double> got = reals(run(device));
    if (first.empty()) {
      ASSERT_NO_FATAL_FAILURE(expect_close(got, expected, kTolerance<T>)) << "against the CPU";
      if (!oracle.empty()) {
        ASSERT_NO_FATAL_FAILURE(expect_close(got, oracle, kTolerance<T>)) << "against the oracle";
      }
      first = got;
    }
    ASSERT_TRUE(got.size() == first.size() && std::memcmp(got.data(), first.data(), got.size() * sizeof(double)) == 0)
        << "other bits than in the first run";
  }
}

}  // namespace fno::cuda_test
