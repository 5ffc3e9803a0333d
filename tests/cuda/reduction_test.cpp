#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

struct Case {
  const char* name;
  std::vector<std::int64_t> size;
  std::vector<bool> keep;
};

std::vector<Case> cases() {
  std::vector<Case> list{{"a scalar", {}, {}},
                         {"one row", {300}, {false}},
                         {"short rows", {9, 5}, {true, false}},
                         {"bias of a channel", {3, 4, 5, 7}, {false, true, false, false}},
                         {"columns in parts", {300, 3}, {false, true}}};
  if (slow_build()) return list;
  const std::vector<Case> more{{"nothing summed", {33, 3}, {true, true}},
                               {"a long row, in parts", {20001}, {false}},
                               {"rows", {37, 257}, {true, false}},
                               {"long rows, in parts", {2, 8193}, {true, false}},
                               {"many columns", {3, 65537}, {false, true}},
                               {"every second axis", {3, 2, 4, 3, 2, 5}, {false, true, false, true, false, true}},
                               {"the other axes", {3, 2, 4, 3, 2, 5}, {true, false, true, false, true, false}},
                               {"axes of length 1", {1, 7, 1, 40, 1}, {true, false, true, false, false}},
                               {"no terms", {3, 0}, {true, false}},
                               {"no results", {0, 3}, {true, false}}};
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

// Oracle: a plain loop over all elements, in long double.
std::vector<double> sums(const Case& one, const std::vector<double>& x, double scale) {
  std::size_t results = 1;
  for (std::size_t a = 0; a < one.size.size(); ++a)
    if (one.keep[a]) results *= static_cast<std::size_t>(one.size[a]);
  std::vector<long double> total(results);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t rest = i, result = 0, stride = 1;
    for (std::size_t a = one.size.size(); a-- > 0;) {
      const auto size = static_cast<std::size_t>(one.size[a]);
      if (one.keep[a]) {
        result += rest % size * stride;
        stride *= size;
      }
      rest /= size;
    }
    total[result] += x[i];
  }
  std::vector<double> values;
  for (const long double t : total) values.push_back(static_cast<double>(t * scale));
  return values;
}

template <class T>
void reduce_is_near() {
  for (const Case& one : cases()) {
    std::size_t n = 1;
    for (const std::int64_t s : one.size) n *= static_cast<std::size_t>(s);
    auto x_values = noise<T>(n, 1);
    for (T& v : x_values) v += T(0.25);  // so that sums don't cancel
    const std::vector<double> oracle = sums(one, reals(x_values), 0.5);
    expect_parity<T>(
        one.name,
        [&](auto& place) {
          auto x = place.array(x_values);
          auto y = place.template room<T>(oracle.size());
          Reduce<T> job{.x = x.data(),
                        .y = y.data(),
                        .axes = static_cast<int>(one.size.size()),
                        .size = {},
                        .keep = {},
                        .scale = 0.5};
          std::copy(one.size.begin(), one.size.end(), job.size);
          std::copy(one.keep.begin(), one.keep.end(), job.keep);
          place.run(job);
          return y.to_host();
        },
        oracle);
  }
}
TEST(CudaReduce, InFloat) { reduce_is_near<float>(); }
TEST(CudaReduce, InDouble) { reduce_is_near<double>(); }

// Oracle: 2^24 + 1 is no float, so a sum in float stands still there.
TEST(CudaReduce, SumsInDouble) {
  OnCuda device;
  std::vector<float> values(1001, 1.0f);
  values[0] = 16777216.0f;
  auto x = device.array(values), y = device.room<float>(1);
  device.run(Reduce<float>{.x = x.data(), .y = y.data(), .axes = 1, .size = {1001}, .keep = {false}, .scale = 1});
  EXPECT_EQ(y.to_host()[0], 16778216.0f);
}

}  // namespace
}  // namespace fno::cuda_test
