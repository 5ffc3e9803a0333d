#include <array>
#include <limits>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

using Triple = std::array<int, 3>;

struct Case {
  std::int64_t planes;
  Triple size, by;  // window or factor
};

std::size_t points(const Triple& e) { return static_cast<std::size_t>(e[0]) * e[1] * e[2]; }

template <class F>
Triple combine(const Triple& a, const Triple& b, F f) {
  return {f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2])};
}

void fill(int to[], const Triple& from) { std::copy(from.begin(), from.end(), to); }

// 1-D to 3-D; axes that a window does not divide; one larger than the grid has threads.
std::vector<Case> cases() {
  std::vector<Case> list{{2, {1, 5, 7}, {1, 2, 2}}, {3, {3, 4, 5}, {2, 2, 3}}};
  if (slow_build()) return list;
  list.push_back({1, {1, 1, 1}, {1, 1, 1}});
  list.push_back({5, {1, 1, 33}, {1, 1, 3}});
  list.push_back({7, {1, 38, 34}, {1, 2, 2}});
  return list;
}

// Oracle: plain loops over (plane, z, y, x).
template <class F>
void for_each_point(std::int64_t planes, const Triple& size, F f) {
  std::size_t i = 0;
  for (std::int64_t plane = 0; plane < planes; ++plane)
    for (int z = 0; z < size[0]; ++z)
      for (int y = 0; y < size[1]; ++y)
        for (int x = 0; x < size[2]; ++x) f(static_cast<std::size_t>(plane), Triple{z, y, x}, i++);
}
std::size_t offset(const Triple& size, const Triple& at) {
  return (static_cast<std::size_t>(at[0]) * size[1] + at[1]) * size[2] + at[2];
}

template <class T>
void max_pool_is_exact() {
  for (const Case& one : cases()) {
    const Triple out = combine(one.size, one.by, [](int a, int b) { return a / b; });
    const std::size_t in_all = one.planes * points(one.size), out_all = one.planes * points(out);
    auto x_values = noise<T>(in_all, 1);
    for (std::size_t i = 0; i < in_all; i += 3) x_values[i] = T(0.5);  // ties: the first wins
    const auto dy_values = noise<T>(out_all, 2);
    std::vector<double> largest(out_all, -2), winner(out_all), dx(in_all);
    for_each_point(one.planes, one.size, [&](std::size_t plane, Triple at, std::size_t i) {
      const Triple window = combine(at, one.by, [](int a, int b) { return a / b; });
      if (window[0] >= out[0] || window[1] >= out[1] || window[2] >= out[2]) return;
      const std::size_t w = plane * points(out) + offset(out, window);
      if (x_values[i] <= largest[w]) return;
      largest[w] = x_values[i];
      winner[w] = static_cast<double>(offset(one.size, at));
    });
    for (std::size_t w = 0; w < out_all; ++w)
      dx[w / points(out) * points(one.size) + static_cast<std::size_t>(winner[w])] = dy_values[w];
    std::vector<double> oracle = largest;
    oracle.insert(oracle.end(), winner.begin(), winner.end());
    oracle.insert(oracle.end(), dx.begin(), dx.end());

    expect_parity<T>(
        "max pool",
        [&](auto& place) {
          auto x = place.array(x_values), dy = place.array(dy_values);
          auto y = place.template room<T>(out_all), grad = place.template room<T>(in_all);
          auto from = place.template room<std::int32_t>(out_all);
          MaxPool<T> forward{
              .x = x.data(), .y = y.data(), .from = from.data(), .planes = one.planes, .size = {}, .window = {}};
          fill(forward.size, one.size);
          fill(forward.window, one.by);
          place.run(forward);
          MaxPoolBackward<T> back{
              .dy = dy.data(), .from = from.data(), .dx = grad.data(), .planes = one.planes, .size = {}, .window = {}};
          fill(back.size, one.size);
          fill(back.window, one.by);
          place.run(back);
          std::vector<double> all = reals(y.to_host());
          for (const auto& part : {reals(from.to_host()), reals(grad.to_host())})
            all.insert(all.end(), part.begin(), part.end());
          return all;
        },
        oracle);
  }
}
TEST(CudaMaxPool, InFloat) { max_pool_is_exact<float>(); }
TEST(CudaMaxPool, InDouble) { max_pool_is_exact<double>(); }

TEST(CudaMaxPool, NaNWins) {
  OnCuda device;
  auto x = device.array(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN(), 5, 2});
  auto y = device.room<float>(2);
  auto from = device.room<std::int32_t>(2);
  device.run(MaxPool<float>{
      .x = x.data(), .y = y.data(), .from = from.data(), .planes = 1, .size = {1, 1, 4}, .window = {1, 1, 2}});
  EXPECT_TRUE(std::isnan(y.to_host()[0]));
  EXPECT_EQ(from.to_host(), (std::vector<std::int32_t>{1, 2}));
}

template <class T>
void upsample_is_exact() {
  for (const Case& one : cases()) {
    const Triple out = combine(one.size, one.by, [](int a, int b) { return a * b; });
    const std::size_t in_all = one.planes * points(one.size), out_all = one.planes * points(out);
    const auto x_values = noise<T>(in_all, 1), dy_values = noise<T>(out_all, 2);
    std::vector<double> y_oracle(out_all), dx_oracle(in_all);
    for_each_point(one.planes, out, [&](std::size_t plane, Triple at, std::size_t i) {
      const Triple source = combine(at, one.by, [](int a, int b) { return a / b; });
      const std::size_t from = plane * points(one.size) + offset(one.size, source);
      y_oracle[i] = x_values[from];
      dx_oracle[from] += dy_values[i];
    });
    const auto job_of = [&]<class Job>(Job job) {
      fill(job.size, one.size);
      fill(job.factor, one.by);
      return job;
    };
    expect_parity<T>(
        "upsample",
        [&](auto& place) {
          auto x = place.array(x_values);
          auto y = place.template room<T>(out_all);
          place.run(job_of(Upsample<T>{.x = x.data(), .y = y.data(), .planes = one.planes, .size = {}, .factor = {}}));
          return y.to_host();
        },
        y_oracle);
    expect_parity<T>(
        "upsample backward",
        [&](auto& place) {
          auto dy = place.array(dy_values);
          auto dx = place.template room<T>(in_all);
          place.run(job_of(
              UpsampleBackward<T>{.dy = dy.data(), .dx = dx.data(), .planes = one.planes, .size = {}, .factor = {}}));
          return dx.to_host();
        },
        dx_oracle);
  }
}
TEST(CudaUpsample, InFloat) { upsample_is_exact<float>(); }
TEST(CudaUpsample, InDouble) { upsample_is_exact<double>(); }

struct PadCase {
  std::int64_t planes;
  Triple size, before, after;
};

// Where a padded axis reads, walked step by step: outwards from the edge and back in.
int reflected(int at, int size) {
  while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
  return at;
}

template <class T>
void pad_is_exact() {
  std::vector<PadCase> list{{2, {1, 5, 6}, {0, 2, 1}, {0, 0, 3}}, {1, {3, 3, 4}, {2, 1, 0}, {1, 2, 3}}};
  if (!slow_build()) {
    list.push_back({1, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}});
    list.push_back({3, {1, 1, 40}, {0, 0, 39}, {0, 0, 39}});  // every point thrice
    list.push_back({5, {1, 40, 41}, {0, 1, 2}, {0, 2, 1}});
  }
  for (const PadCase& one : list)
    for (const PadMode mode : {PadMode::zero, PadMode::reflect}) {
      Triple out = combine(one.size, one.before, [](int a, int b) { return a + b; });
      out = combine(out, one.after, [](int a, int b) { return a + b; });
      const std::size_t in_all = one.planes * points(one.size), out_all = one.planes * points(out);
      const auto x_values = noise<T>(in_all, 1), dy_values = noise<T>(out_all, 2);
      std::vector<double> y_oracle(out_all), dx_oracle(in_all);
      for_each_point(one.planes, out, [&](std::size_t plane, Triple at, std::size_t i) {
        Triple source = combine(at, one.before, [](int a, int b) { return a - b; });
        const Triple inside = combine(source, one.size, reflected);
        if (mode == PadMode::zero && inside != source) return;
        const std::size_t from = plane * points(one.size) + offset(one.size, inside);
        y_oracle[i] = x_values[from];
        dx_oracle[from] += dy_values[i];
      });
      const auto job_of = [&]<class Job>(Job job) {
        fill(job.size, one.size);
        fill(job.before, one.before);
        fill(job.after, one.after);
        job.mode = mode;
        return job;
      };
      const std::string name = mode == PadMode::zero ? "pad with zeros" : "pad by reflection";
      expect_parity<T>(
          name,
          [&](auto& place) {
            auto x = place.array(x_values);
            auto y = place.template room<T>(out_all);
            Pad<T> job{};
            job.x = x.data();
            job.y = y.data();
            job.planes = one.planes;
            place.run(job_of(job));
            return y.to_host();
          },
          y_oracle);
      expect_parity<T>(
          name + " backward",
          [&](auto& place) {
            auto dy = place.array(dy_values);
            auto dx = place.template room<T>(in_all);
            PadBackward<T> job{};
            job.dy = dy.data();
            job.dx = dx.data();
            job.planes = one.planes;
            place.run(job_of(job));
            return dx.to_host();
          },
          dx_oracle);
    }
}
TEST(CudaPad, InFloat) { pad_is_exact<float>(); }
TEST(CudaPad, InDouble) { pad_is_exact<double>(); }

}  // namespace
}  // namespace fno::cuda_test
