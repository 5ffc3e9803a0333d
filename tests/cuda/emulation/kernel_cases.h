#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cuda/emulation/emulated/options.h"
#include "tests/cuda/emulation/device_array.h"
#include "tests/cuda/emulation/kernels/planted.h"

namespace fno::emulation_test {

/// A kernel run with its answer in double, and how far each element may be from it.
struct Case {
  std::string name;
  std::function<std::vector<float>()> run;
  std::vector<double> expected, tolerance;
};

/// Index of the first element further from the reference than allowed, NaN included; -1 if all are near.
inline int first_wrong(const Case& one, const std::vector<float>& got) {
  if (got.size() != one.expected.size()) return 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!(std::abs(got[i] - one.expected[i]) <= one.tolerance[i])) return static_cast<int>(i);
  return -1;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

constexpr double kEpsilon = 1.0 / (1 << 24);  // half a unit in the last place of 1

template <Bug bug>
Case block_sums_case(int n) {
  const std::vector<float> x = noise(static_cast<std::size_t>(n), 1);
  const std::size_t blocks = (x.size() + kSumThreads - 1) / kSumThreads;
  Case one{.name = "block_sums " + std::to_string(n), .run = {}, .expected = {}, .tolerance = {}};
  one.run = [x, blocks, n] {
    DeviceArray<float> in(x), out(blocks);
    block_sums<bug>(in.data(), out.data(), n, {});
    return out.to_host();
  };
  for (std::size_t block = 0; block < blocks; ++block) {
    double sum = 0, size = 0;
    for (std::size_t i = block * kSumThreads; i < std::min(x.size(), (block + 1) * kSumThreads); ++i)
      sum += x[i], size += std::abs(x[i]);
    one.expected.push_back(sum);
    one.tolerance.push_back(10 * kEpsilon * size);  // two trees, 5 levels each
  }
  return one;
}

inline Case instance_norm_case(int rows, int n) {
  const std::vector<float> x = noise(static_cast<std::size_t>(rows * n), 2);
  Case one{.name = "instance_norm " + std::to_string(rows) + "x" + std::to_string(n),
           .run = {},
           .expected = {},
           .tolerance = {}};
  one.run = [x, rows, n] {
    DeviceArray<float> in(x), out(x.size());
    instance_norm(in.data(), out.data(), rows, n, {});
    return out.to_host();
  };
  for (int row = 0; row < rows; ++row) {
    const float* values = x.data() + row * n;
    double mean = 0, variance = 0;
    for (int i = 0; i < n; ++i) mean += values[i] / static_cast<double>(n);
    for (int i = 0; i < n; ++i) variance += (values[i] - mean) * (values[i] - mean) / n;
    const double scale = 1 / std::sqrt(variance + 1e-5);
    for (int i = 0; i < n; ++i) {
      one.expected.push_back((values[i] - mean) * scale);
      // A sum of n elements below 1 per thread, a tree, four partials: (n/128 + 10) roundings, in mean and in scale.
      one.tolerance.push_back((n / 128 + 10) * kEpsilon * 2 * scale);
    }
  }
  return one;
}

/// a and b as the kernel multiplies them, k terms a sum.
inline void expect_product(Case& one, const std::vector<double>& a, const std::vector<double>& b, int m, int n, int k) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (int l = 0; l < k; ++l) {
        const double term = a[static_cast<std::size_t>(i * k + l)] * b[static_cast<std::size_t>(l * n + j)];
        sum += term, size += std::abs(term);
      }
      one.expected.push_back(sum);
      one.tolerance.push_back((k + 1) * kEpsilon * size);
    }
}

inline std::string gemm_name(const char* kind, int m, int n, int k) {
  return std::string(kind) + " " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
}

template <Bug bug>
Case gemm_tiled_case(int m, int n, int k) {
  const std::vector<float> a = noise(static_cast<std::size_t>(m * k), 3), b = noise(static_cast<std::size_t>(k * n), 4);
  Case one{.name = gemm_name("gemm_tiled", m, n, k), .run = {}, .expected = {}, .tolerance = {}};
  one.run = [=] {
    DeviceArray<float> a_device(a), b_device(b), c_device(static_cast<std::size_t>(m * n));
    gemm_tiled<bug>(a_device.data(), b_device.data(), c_device.data(), m, n, k, {});
    return c_device.to_host();
  };
  expect_product(one, {a.begin(), a.end()}, {b.begin(), b.end()}, m, n, k);
  return one;
}

/// To `bits` bits of mantissa after the leading one, ties away from zero: by scaling, not by bit tricks.
inline double rounded(double value, int bits) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return std::ldexp(std::round(std::ldexp(fraction, bits + 1)), exponent - bits - 1);
}

inline Case gemm_tf32_case(int m, int n, int k) {
  const std::vector<float> a = noise(static_cast<std::size_t>(m * k), 5), b = noise(static_cast<std::size_t>(k * n), 6);
  Case one{.name = gemm_name("gemm_tf32", m, n, k), .run = {}, .expected = {}, .tolerance = {}};
  one.run = [=] {
    DeviceArray<float> a_device(a), b_device(b), c_device(static_cast<std::size_t>(m * n));
    gemm_tf32(a_device.data(), b_device.data(), c_device.data(), m, n, k, {});
    return c_device.to_host();
  };
  std::vector<double> a_tf32, b_tf32;
  for (const float value : a) a_tf32.push_back(rounded(value, 10));
  for (const float value : b) b_tf32.push_back(rounded(value, 10));
  expect_product(one, a_tf32, b_tf32, m, n, k);
  return one;
}

inline Case gemm_bf16_case(int m, int n, int k) {
  std::vector<cu::bfloat16> a, b;
  std::vector<double> a_exact, b_exact;
  for (const float value : noise(static_cast<std::size_t>(m * k), 7)) {
    a.push_back(cu::host_to_bf16(value));
    a_exact.push_back(cu::host_to_float(a.back()));
  }
  for (const float value : noise(static_cast<std::size_t>(k * n), 8)) {
    b.push_back(cu::host_to_bf16(value));
    b_exact.push_back(cu::host_to_float(b.back()));
  }
  Case one{.name = gemm_name("gemm_bf16", m, n, k), .run = {}, .expected = {}, .tolerance = {}};
  one.run = [=] {
    DeviceArray<cu::bfloat16> a_device(a), b_device(b);
    DeviceArray<float> c_device(static_cast<std::size_t>(m * n));
    gemm_bf16(a_device.data(), b_device.data(), c_device.data(), m, n, k, {});
    return c_device.to_host();
  };
  expect_product(one, a_exact, b_exact, m, n, k);
  return one;
}

template <Bug bug>
Case reverse_runs_case(int n) {
  const std::vector<float> x = noise(static_cast<std::size_t>(n), 9);
  Case one{.name = "reverse_runs " + std::to_string(n), .run = {}, .expected = {}, .tolerance = {}};
  one.run = [x, n] {
    DeviceArray<float> in(x), out(x.size());
    reverse_runs<bug>(in.data(), out.data(), n, {});
    return out.to_host();
  };
  for (std::size_t i = 0; i < x.size(); ++i) one.expected.push_back(x[i / 32 * 32 + 31 - i % 32]);
  one.tolerance.assign(x.size(), 0.0);
  return one;
}

template <Bug bug>
Case smooth_case(int rounds) {
  const std::vector<float> x = noise(kSmoothed, 14);
  Case one{.name = "smooth " + std::to_string(rounds), .run = {}, .expected = {x.begin(), x.end()}, .tolerance = {}};
  one.run = [x, rounds] {
    DeviceArray<float> in(x), out(x.size());
    smooth<bug>(in.data(), out.data(), rounds, {});
    return out.to_host();
  };
  for (int round = 0; round < rounds; ++round) {
    const std::vector<double> before = one.expected;
    for (std::size_t i = 0; i < kSmoothed; ++i) {
      one.expected[i] /= 2;
      for (std::size_t lane = 0; lane < 32; ++lane)
        one.expected[i] += before[(i / 32 * 32 + 32 + lane) % kSmoothed] / 64;
    }
  }
  one.tolerance.assign(kSmoothed, rounds * 8 * kEpsilon);  // values stay below 1
  return one;
}

inline Case count_positive_case(int n) {
  const std::vector<float> x = noise(static_cast<std::size_t>(n), 10);
  Case one{.name = "count_positive " + std::to_string(n), .run = {}, .expected = {0}, .tolerance = {0}};
  one.run = [x, n] {
    DeviceArray<float> in(x);
    DeviceArray<int> total(1);
    count_positive(in.data(), total.data(), n, {});
    return std::vector<float>{static_cast<float>(total.to_host()[0])};
  };
  for (const float value : x) one.expected[0] += value > 0 ? 1 : 0;
  return one;
}

/// Single elements, one below and above a warp, a block or a tile, ragged and many blocks.
inline std::vector<Case> correct_cases() {
  std::vector<Case> cases;
  for (const int n : {1, 31, 33, 256, 257, 1000}) {
    cases.push_back(block_sums_case<Bug::none>(n));
    cases.push_back(count_positive_case(n));
  }
  for (const auto& [rows, n] : {std::pair{1, 1}, {3, 127}, {2, 129}, {5, 500}})
    cases.push_back(instance_norm_case(rows, n));
  for (const auto& [m, n, k] : {std::array{1, 1, 1}, {16, 16, 16}, {17, 33, 50}}) {
    cases.push_back(gemm_tiled_case<Bug::none>(m, n, k));
    cases.push_back(gemm_tf32_case(m, n, k));
    cases.push_back(gemm_bf16_case(m, n, k));
  }
  cases.push_back(smooth_case<Bug::none>(6));
  for (const int n : {32, 64, 192}) cases.push_back(reverse_runs_case<Bug::none>(n));
  return cases;
}

}  // namespace fno::emulation_test
