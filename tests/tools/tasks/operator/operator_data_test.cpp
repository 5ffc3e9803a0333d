#include "tools/tasks/operator/operator_data.h"

#include <complex>
#include <limits>

#include "tests/tools/training/train_test_support.h"

namespace fno::operators {
namespace {

class OperatorDataFile : public training::InFolder {
 protected:
  std::string write(const std::vector<NamedArray>& arrays) {
    write_npz(path("data.npz"), arrays, true);
    return path("data.npz");
  }
  template <class T>
  static NamedArray filled(const std::string& name, std::vector<std::int64_t> shape, T value = T{1}) {
    const auto count = static_cast<std::size_t>(checked_count(shape).value());
    return {name, make_host_array(std::vector<T>(count, value), std::move(shape))};
  }
};

TEST_F(OperatorDataFile, KeepsTheOrderOfTheFile) {
  std::vector<double> x(2 * 3 * 2 * 2), y(2 * 1 * 2 * 2);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = -static_cast<double>(i);
  const OperatorData data =
      read_operator_data(write({{"x", make_host_array(x, {2, 3, 2, 2})}, {"y", make_host_array(y, {2, 1, 2, 2})}}));
  EXPECT_EQ(data.samples, 2);
  EXPECT_EQ(data.inputs, 3);
  EXPECT_EQ(data.outputs, 1);
  EXPECT_EQ(data.grid, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(data.input(1)[0], 12.f);
  EXPECT_EQ(data.target(1)[3], -7.f);
  EXPECT_EQ(data.arrays[0].type, "float64");
}

TEST_F(OperatorDataFile, RepeatsXAlongTheFirstGridAxisOfY) {
  // As the Burgers data: an initial state, and the states at some times.
  const std::vector<float> x{1, 2, 3, 4, 5, 6};  // (2, 1, 3)
  const OperatorData data =
      read_operator_data(write({{"x", make_host_array(x, {2, 1, 3})}, filled<float>("y", {2, 1, 4, 3})}));
  EXPECT_EQ(data.grid, (std::vector<std::int64_t>{4, 3}));
  const std::vector<float> first(data.input(0).begin(), data.input(0).end());
  EXPECT_EQ(first, (std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(data.input(1)[11], 6.f);
  EXPECT_EQ(data.arrays[0].shape, (std::vector<std::int64_t>{2, 1, 3}));
}

TEST_F(OperatorDataFile, TakesBoolsAndIntegersForX) {
  const NamedArray y = filled<float>("y", {2, 1, 2});
  EXPECT_EQ(read_operator_data(write({{"x", make_host_array<std::int64_t>({1, -2, 3, 4}, {2, 1, 2})}, y})).x,
            (std::vector<float>{1, -2, 3, 4}));
  EXPECT_EQ(read_operator_data(write({{"x", make_host_array(HostType::boolean, {2, 1, 2},
                                                            {std::byte{1}, std::byte{0}, std::byte{0}, std::byte{1}})},
                                      y}))
                .x,
            (std::vector<float>{1, 0, 0, 1}));
}

TEST_F(OperatorDataFile, RefusesWhatIsNotAPair) {
  const NamedArray x = filled<float>("x", {3, 1, 4, 4}), y = filled<float>("y", {3, 1, 4, 4});
  const auto refused = [&](const std::vector<NamedArray>& arrays, const std::string& words) {
    const std::string file = write(arrays);
    return training::throws_error(ErrorKind::data, words, [&] { (void)read_operator_data(file); });
  };
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "absent.npz", [&] { (void)read_operator_data(path("absent.npz")); }));
  EXPECT_TRUE(refused({x}, "found no array 'y'"));
  EXPECT_TRUE(refused({y}, "found no array 'x'"));
  EXPECT_TRUE(refused({x, filled<float>("y", {2, 1, 4, 4})}, "3 samples of x and 2 of y"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 1, 5, 4})}, "the same grid"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 1, 2, 4, 5})}, "the same grid"));
  EXPECT_TRUE(refused({filled<float>("x", {3, 1, 2, 4, 4}), y}, "the same grid"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 4})}, "found shape (3, 4)"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 1, 2, 2, 2, 2})}, "found shape"));
  EXPECT_TRUE(refused({filled<float>("x", {0, 1, 4}), filled<float>("y", {0, 1, 4})}, "at least 1"));
  EXPECT_TRUE(refused({filled<float>("x", {3, 0, 4}), filled<float>("y", {3, 1, 4})}, "at least 1"));
  EXPECT_TRUE(refused({x, filled<std::int32_t>("y", {3, 1, 4, 4})}, "found type int32"));
  EXPECT_TRUE(refused({x, filled<std::complex<float>>("y", {3, 1, 4, 4})}, "found type complex64"));
  EXPECT_TRUE(refused({filled<std::complex<double>>("x", {3, 1, 4, 4}), y}, "found type complex128"));
}

TEST_F(OperatorDataFile, NamesThePlaceOfWhatIsNotFinite) {
  std::vector<double> y(2 * 1 * 2 * 3, 1.0);
  y[1 * 6 + 1 * 3 + 2] = std::numeric_limits<double>::quiet_NaN();
  const NamedArray x = filled<float>("x", {2, 1, 2, 3});
  const std::string file = write({x, {"y", make_host_array(y, {2, 1, 2, 3})}});
  EXPECT_TRUE(training::throws_error(ErrorKind::data,
                                     "data.npz: array 'y': found nan (as float32) at index (1, 0, 1, 2)",
                                     [&] { (void)read_operator_data(file); }));
  y.back() = 1e300;  // finite, but not in float32
  write({x, {"y", make_host_array(y, {2, 1, 2, 3})}});
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "found inf (as float32)", [&] { (void)read_operator_data(file); }));
}

TEST_F(OperatorDataFile, OtherGridsFitAndOtherChannelsDoNot) {
  const OperatorData data =
      read_operator_data(write({filled<float>("x", {3, 2, 5, 7}), filled<float>("y", {3, 1, 5, 7})}));
  require_channels(data, 2, 1, 2, "train.npz");
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "train.npz", [&] { require_channels(data, 1, 1, 2, "train.npz"); }));
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "train.npz", [&] { require_channels(data, 2, 1, 1, "train.npz"); }));
}

TEST(FitScaling, UsesTheFirstSamplesOnly) {
  // Two channels of two points; the third sample would change everything.
  const std::vector<float> values{1, 3, 7, 7, 5, 7, 7, 7, 1000, 1000, 1000, 1000};
  const ChannelScaling scaling = fit_scaling(values, 2, 2, 2);
  EXPECT_EQ(scaling.mean, (std::vector<float>{4, 7}));
  // Channel 0: mean of squares about 4 of {1, 3, 5, 7} is 5. Channel 1 is constant.
  EXPECT_FLOAT_EQ(scaling.deviation[0], std::sqrt(5.f));
  EXPECT_EQ(scaling.deviation[1], 1.f);
}

}  // namespace
}  // namespace fno::operators
