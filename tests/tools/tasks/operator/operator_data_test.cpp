#include "tools/tasks/operator/operator_data.h"

#include <complex>
#include <limits>

#include "tests/tools/training/train_test_support.h"
#include "tools/files/safetensors.h"

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

// In the units of the file: what is taken off is nothing.
OperatorData as_read(const FieldPairs& pairs) {
  const auto none = [](std::int64_t channels) {
    const auto n = static_cast<std::size_t>(channels);
    return training::ChannelScaling{std::vector(n, 0.0), std::vector(n, 1.0)};
  };
  return without_units(pairs, none(pairs.inputs), none(pairs.outputs));
}

std::vector<double> numbers(std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<double>(i));
  return values;
}

TEST_F(OperatorDataFile, KeepsTheOrderOfTheFile) {
  std::vector<double> y = numbers(8);
  for (double& v : y) v = -v;
  const FieldPairs pairs = read_field_pairs(
      write({{"x", make_host_array(numbers(24), {2, 3, 2, 2})}, {"y", make_host_array(y, {2, 1, 2, 2})}}));
  const OperatorData data = as_read(pairs);
  EXPECT_EQ(data.samples, 2);
  EXPECT_EQ(data.inputs, 3);
  EXPECT_EQ(data.outputs, 1);
  EXPECT_EQ(data.grid, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(data.input(1)[0], 12.f);
  EXPECT_EQ(data.target(1)[3], -7.f);
  EXPECT_EQ(data.arrays[0].type, "float64");
  EXPECT_NE(pairs.text().find("2 samples, grid 2 x 2; x: 3 channels (x0, x1, x2), float64, 0 to 23; y: 1 channel, "
                              "float64, -7 to 0"),
            std::string::npos)
      << pairs.text();
}

TEST_F(OperatorDataFile, WhatIsReadWhenAskedForIsWhatWouldBeHeld) {
  // 6.4 MB a sample of x, so that blocks of two pass by; y has an axis of time that x lacks.
  constexpr std::int64_t kSamples = 5, kTimes = 2;
  std::vector<double> x(kSamples * 2 * 400 * 1000);
  std::vector<float> y(kSamples * kTimes * 400 * 1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1e6 + static_cast<double>(i % 1009);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i % 1013);
  const auto write_them = [&] {
    write_safetensors(path("data.safetensors"),
                      std::vector<NamedArray>{{"x", make_host_array(x, {kSamples, 2, 400, 1000})},
                                              {"y", make_host_array(y, {kSamples, 1, kTimes, 400, 1000})}});
  };
  write_them();
  const auto read = [&](Streaming streaming) {
    return read_field_pairs(path("data.safetensors"), {.streaming = streaming});
  };
  const FieldPairs pairs[] = {read(Streaming::off), read(Streaming::on)};
  EXPECT_TRUE(pairs[0].x.values.is_held() && !pairs[1].x.values.is_held() && !pairs[1].y.values.is_held());
  EXPECT_NE(pairs[1].text().find("read batch by batch"), std::string::npos);
  EXPECT_EQ(pairs[0].x.greatest, pairs[1].x.greatest);
  std::vector<OperatorData> data;
  for (const FieldPairs& p : pairs)
    data.push_back(without_units(p, fit_scaling(p.x.values, 3), fit_scaling(p.y.values, 3)));
  EXPECT_EQ(data[0].x_scaling.deviation, data[1].x_scaling.deviation);
  EXPECT_EQ(data[0].y_scaling.mean, data[1].y_scaling.mean);
  EXPECT_TRUE(data[1].x.empty() && data[1].y.empty());
  for (const std::int64_t sample : {0, 3, 4}) {
    EXPECT_EQ(data[0].input(sample), data[1].input(sample));
    EXPECT_EQ(data[0].target(sample), data[1].target(sample));
  }
  x[(4 * 2 + 1) * 400 * 1000 + 3] = std::numeric_limits<double>::quiet_NaN();
  write_them();
  EXPECT_TRUE(test::throws_error(ErrorKind::data, "nan at index (4, 1, 0, 3)", [&] { (void)read(Streaming::on); }));
}

TEST_F(OperatorDataFile, RepeatsXAlongTheFirstGridAxisOfY) {
  // As the Burgers data: an initial state, and the states at some times.
  const std::vector<float> x{1, 2, 3, 4, 5, 6};  // (2, 1, 3)
  const FieldPairs pairs =
      read_field_pairs(write({{"x", make_host_array(x, {2, 1, 3})}, filled<float>("y", {2, 1, 4, 3})}));
  const OperatorData data = as_read(pairs);
  EXPECT_EQ(data.grid, (std::vector<std::int64_t>{4, 3}));
  const std::vector<float> first = data.input(0);
  EXPECT_EQ(first, (std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(data.input(1)[11], 6.f);
  EXPECT_EQ(data.arrays[0].shape, (std::vector<std::int64_t>{2, 1, 3}));
  EXPECT_NE(pairs.text().find("repeated along the first axis"), std::string::npos);
}

TEST_F(OperatorDataFile, TakesBoolsAndIntegersForX) {
  const NamedArray y = filled<float>("y", {2, 1, 2});
  EXPECT_EQ(as_read(read_field_pairs(write({{"x", make_host_array<std::int64_t>({1, -2, 3, 4}, {2, 1, 2})}, y}))).x,
            (std::vector<float>{1, -2, 3, 4}));
  const HostArray bools =
      make_host_array(HostType::boolean, {2, 1, 2}, {std::byte{1}, std::byte{0}, std::byte{0}, std::byte{1}});
  EXPECT_EQ(as_read(read_field_pairs(write({{"x", bools}, y}))).x, (std::vector<float>{1, 0, 0, 1}));
}

TEST_F(OperatorDataFile, ComplexNumbersAreTwoChannels) {
  using C = std::complex<double>;
  const FieldPairs pairs = read_field_pairs(
      write({filled<float>("x", {1, 1, 3}), {"y", make_host_array<C>({{1, 2}, {3, 4}, {5, 6}}, {1, 1, 3})}}));
  EXPECT_EQ(pairs.y.channels, (std::vector<std::string>{"y.re", "y.im"}));
  EXPECT_EQ(as_read(pairs).y, (std::vector<float>{1, 3, 5, 2, 4, 6}));
  EXPECT_NE(pairs.text().find("complex128, 1 to 6, real and imaginary parts as channels"), std::string::npos);
}

TEST_F(OperatorDataFile, NamedAxesAreBroughtInOrder) {
  // Value 100·sample + 10·channel + point, however the axes stand.
  const auto value = [](std::int64_t n, std::int64_t c, std::int64_t i) {
    return static_cast<float>(100 * n + 10 * c + i);
  };
  std::vector<float> last, first;
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t i = 0; i < 4; ++i)
      for (std::int64_t c = 0; c < 3; ++c) last.push_back(value(n, c, i));
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t i = 0; i < 4; ++i) first.push_back(value(n, 0, i));
  const std::string file = write({{"a", make_host_array(last, {2, 4, 3})}, {"u", make_host_array(first, {2, 4})}});
  const FieldPairs pairs = read_field_pairs(file, {.x_name = "a", .y_name = "u", .layout = "n h c", .y_layout = "nh"});
  const OperatorData data = as_read(pairs);
  EXPECT_EQ(data.inputs, 3);
  EXPECT_EQ(data.outputs, 1);
  EXPECT_EQ(data.grid, (std::vector<std::int64_t>{4}));
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(data.input(1)[static_cast<std::size_t>(c * 4 + i)], value(1, c, i));
  EXPECT_EQ(data.target(1)[2], value(1, 0, 2));
  EXPECT_TRUE(pairs.notices.empty());
  EXPECT_NE(pairs.text().find("axes nhc"), std::string::npos);
}

TEST_F(OperatorDataFile, YTakesTheOrderOfXAndPutsItsOwnAxisFirst) {
  const std::string file =
      write({{"x", make_host_array(numbers(6), {2, 3})}, {"y", make_host_array(numbers(24), {3, 4, 2})}});
  const OperatorData data = as_read(read_field_pairs(file, {.layout = "nh", .y_layout = "htn"}));
  EXPECT_EQ(data.grid, (std::vector<std::int64_t>{4, 3}));
  // y[h, t, n] = (h·4 + t)·2 + n.
  for (std::int64_t t = 0; t < 4; ++t)
    for (std::int64_t h = 0; h < 3; ++h)
      EXPECT_EQ(data.target(1)[static_cast<std::size_t>(t * 3 + h)], static_cast<float>((h * 4 + t) * 2 + 1));
}

TEST_F(OperatorDataFile, OneLayoutServesBothWhereYHasAnAxisOfTime) {
  const std::string file = write({{"x", make_host_array(numbers(6), {2, 3})}, filled<float>("y", {2, 5, 3})});
  const FieldPairs pairs = read_field_pairs(file, {.layout = "nh"});
  EXPECT_EQ(pairs.grid, (std::vector<std::int64_t>{5, 3}));
  EXPECT_TRUE(pairs.repeats_x());
}

TEST_F(OperatorDataFile, AStrideTakesEverySoManyPoints) {
  // y[n, i, j] = 100·n + 10·i + j of 5 x 7 points, x its negative with the axes turned.
  std::vector<double> x, y;
  for (int n = 0; n < 2; ++n)
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 7; ++j) y.push_back(100 * n + 10 * i + j);
  for (int n = 0; n < 2; ++n)
    for (int j = 0; j < 7; ++j)
      for (int i = 0; i < 5; ++i) x.push_back(-(100 * n + 10 * i + j));
  const std::string file = write({{"x", make_host_array(x, {2, 7, 5})}, {"y", make_host_array(y, {2, 5, 7})}});
  const FieldPairs pairs =
      read_field_pairs(file, {.layout = "nwh", .y_layout = "nhw", .stride = PerAxis<int>(std::vector{3, 2})});
  // The order of x counts: w is its first axis.
  EXPECT_EQ(pairs.grid, (std::vector<std::int64_t>{3, 3}));
  const OperatorData data = as_read(pairs);
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 3; ++b) {
      const auto at = static_cast<std::size_t>(a * 3 + b);
      EXPECT_EQ(data.target(1)[at], static_cast<float>(100 + 10 * 2 * b + 3 * a));
      EXPECT_EQ(data.input(1)[at], -data.target(1)[at]);
    }
  EXPECT_NE(pairs.text().find("stride 3,2 of 7 x 5 points"), std::string::npos) << pairs.text();

  // Also along an axis that only y has; without a last point where the numbers do not divide.
  const std::string times = write({filled<float>("x", {2, 1, 421}), filled<float>("y", {2, 1, 4, 421})});
  EXPECT_EQ(read_field_pairs(times, {.stride = 5}).grid, (std::vector<std::int64_t>{1, 85}));
  EXPECT_EQ(read_field_pairs(times, {.stride = PerAxis<int>(std::vector{1, 5})}).grid,
            (std::vector<std::int64_t>{4, 85}));
  EXPECT_TRUE(training::throws_error(ErrorKind::config, "--stride: found 3 numbers for", [&] {
    (void)read_field_pairs(times, {.stride = PerAxis<int>(std::vector{1, 2, 3})});
  }));
}

TEST_F(OperatorDataFile, SuspiciousReadingsGetANotice) {
  const auto notices = [&](std::vector<std::int64_t> shape, const Reading& reading = {}) {
    return read_field_pairs(write({filled<float>("x", shape), filled<float>("y", shape)}), reading).notices;
  };
  EXPECT_TRUE(notices({40, 1, 16, 16}).empty());
  EXPECT_TRUE(notices({40, 2, 16}).empty());
  EXPECT_TRUE(notices({40, 1, 16, 16, 2}).empty());
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{
           {40, 16, 16}, {40, 16, 16, 1}, {1, 10, 16, 16}, {40, 1, 16, 1}, {8, 8, 40}}) {
    ASSERT_EQ(notices(shape).size(), 1u) << host_shape_text(shape);
    EXPECT_NE(notices(shape)[0].find("--layout"), std::string::npos);
  }
  EXPECT_TRUE(notices({40, 16, 16}, {.layout = "nhw"}).empty());
}

TEST_F(OperatorDataFile, RefusesWhatIsNotAPair) {
  const NamedArray x = filled<float>("x", {3, 1, 4, 4}), y = filled<float>("y", {3, 1, 4, 4});
  const auto refused = [&](const std::vector<NamedArray>& arrays, const std::string& words) {
    const std::string file = write(arrays);
    return training::throws_error(ErrorKind::data, words, [&] { (void)read_field_pairs(file); });
  };
  const auto throws_in = [&](const Reading& reading, const std::vector<NamedArray>& arrays, const std::string& words) {
    const std::string file = write(arrays);
    return training::throws_error(ErrorKind::data, words, [&] { (void)read_field_pairs(file, reading); });
  };
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "absent.npz", [&] { (void)read_field_pairs(path("absent.npz")); }));
  EXPECT_TRUE(refused({x}, "found no array 'y' but 'x', accepted: arrays x and y, or others named by --y-name"));
  EXPECT_TRUE(refused({y}, "found no array 'x' but 'y', accepted: arrays x and y, or others named by --x-name"));
  EXPECT_TRUE(refused({x, filled<float>("y", {2, 1, 4, 4})}, "3 samples of x and 2 of y"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 1, 5, 4})}, "the same grid"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 1, 2, 4, 5})}, "the same grid"));
  EXPECT_TRUE(refused({filled<float>("x", {3, 1, 2, 4, 4}), y}, "the same grid"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 4})}, "found shape (3, 4)"));
  EXPECT_TRUE(refused({x, filled<float>("y", {3, 1, 2, 2, 2, 2})}, "found shape"));
  EXPECT_TRUE(refused({filled<float>("x", {0, 1, 4}), filled<float>("y", {0, 1, 4})}, "at least 1"));
  EXPECT_TRUE(refused({filled<float>("x", {3, 0, 4}), filled<float>("y", {3, 1, 4})}, "at least 1"));
  EXPECT_TRUE(refused({x, filled<std::int32_t>("y", {3, 1, 4, 4})}, "found type int32"));
  EXPECT_TRUE(throws_in({.layout = "nchw", .y_layout = "nwdc"}, {x, y}, "--layout and --y-layout name the axes"));
  EXPECT_TRUE(throws_in({.layout = "nhw"}, {x, y}, "found shape (3, 1, 4, 4), accepted with --layout nhw: 3 axes"));
}

TEST_F(OperatorDataFile, NamesThePlaceOfWhatIsNotFinite) {
  std::vector<double> y(2 * 1 * 2 * 3, 1.0);
  y[1 * 6 + 1 * 3 + 2] = std::numeric_limits<double>::quiet_NaN();
  const NamedArray x = filled<float>("x", {2, 1, 2, 3});
  const std::string file = write({x, {"y", make_host_array(y, {2, 1, 2, 3})}});
  EXPECT_TRUE(training::throws_error(ErrorKind::data, "data.npz: array 'y': found nan at index (1, 0, 1, 2)",
                                     [&] { (void)read_field_pairs(file); }));
  // The place is that of the file's own array, also where axes are moved.
  EXPECT_TRUE(training::throws_error(ErrorKind::data, "found nan at index (1, 0, 1, 2)",
                                     [&] { (void)read_field_pairs(file, {.layout = "hcnw"}); }));
}

TEST_F(OperatorDataFile, TheMeanLeavesInDouble) {
  // What varies is a hundred-millionth of the mean: float32 of the whole holds none of it.
  std::vector<double> x(64);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1e8 + std::sin(static_cast<double>(i));
  const std::string file = write({{"x", make_host_array(x, {4, 1, 16})}, {"y", make_host_array(x, {4, 1, 16})}});
  const FieldPairs pairs = read_field_pairs(file);
  const training::ChannelScaling scaling = fit_scaling(pairs.x.values, 4);
  const OperatorData data = without_units(pairs, scaling, scaling);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double back = static_cast<double>(data.x[i]) * scaling.deviation[0] + scaling.mean[0];
    EXPECT_NEAR(back, x[i], 1e-6) << i;
  }
}

TEST_F(OperatorDataFile, EqualFieldsInOtherUnitsAreTheSameToANetwork) {
  Random random(4);
  std::vector<double> plain(48);
  for (double& v : plain) v = random.normal();
  const auto read = [&](double unit) {
    std::vector<double> values = plain;
    for (double& v : values) v *= unit;
    const FieldPairs pairs =
        read_field_pairs(write({{"x", make_host_array(values, {3, 2, 8})}, {"y", make_host_array(values, {3, 2, 8})}}));
    const training::ChannelScaling scaling = fit_scaling(pairs.x.values, 3);
    return without_units(pairs, scaling, scaling).x;
  };
  const std::vector<float> one = read(1);
  for (const double unit : {std::ldexp(1.0, -100), std::ldexp(1.0, 100)}) EXPECT_EQ(read(unit), one) << unit;
  for (const double unit : {1e-30, 1e30, 1e-200, 1e200}) {
    const std::vector<float> other = read(unit);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(other[i], one[i], 1e-6) << unit;
  }
}

TEST_F(OperatorDataFile, WhatFloat32CannotHoldIsNamed) {
  const std::string file =
      write({filled<float>("x", {2, 1, 3}), {"y", make_host_array<double>({1, 2, 3, 4, 5, 1e60}, {2, 1, 3})}});
  const FieldPairs pairs = read_field_pairs(file);
  EXPECT_TRUE(training::throws_error(ErrorKind::data, "found 1e+60 in channel y of sample 1", [&] {
    (void)without_units(pairs, fit_scaling(pairs.x.values, 1), fit_scaling(pairs.y.values, 1));
  }));
}

TEST_F(OperatorDataFile, OtherGridsFitAndOtherChannelsDoNot) {
  const FieldPairs data = read_field_pairs(write({filled<float>("x", {3, 2, 5, 7}), filled<float>("y", {3, 1, 5, 7})}));
  require_channels(data, 2, 1, 2, "train.npz");
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "train.npz", [&] { require_channels(data, 1, 1, 2, "train.npz"); }));
  EXPECT_TRUE(
      training::throws_error(ErrorKind::data, "train.npz", [&] { require_channels(data, 2, 1, 1, "train.npz"); }));
}

TEST(FitScaling, UsesTheFirstSamplesOnly) {
  // Two channels of two points; the third sample would change everything.
  const HostArray values = make_host_array<float>({1, 3, 7, 7, 5, 7, 7, 7, 1000, 1000, 1000, 1000}, {3, 2, 2});
  const training::ChannelScaling scaling = fit_scaling(FieldValues(values), 2);
  EXPECT_EQ(scaling.mean, (std::vector<double>{4, 7}));
  // Channel 0: mean of squares about 4 of {1, 3, 5, 7} is 5. Channel 1 is constant.
  EXPECT_DOUBLE_EQ(scaling.deviation[0], std::sqrt(5.0));
  EXPECT_EQ(scaling.deviation[1], 0);
}

TEST(FitScaling, RoundingIsNoSignal) {
  const HostArray values = make_host_array<double>({0.1, 0.3 - 0.2, 0.1, 0.1}, {4, 1, 1});
  EXPECT_EQ(fit_scaling(FieldValues(values), 4).deviation[0], 0);
}

TEST(Layout, NamesAxes) {
  for (const char* text : {"nchw", "n h w", "h,w,n", "nthwc", "t", "nchwd", "nthwdc"})
    EXPECT_TRUE(is_layout(text)) << text;
  for (const char* text : {"", "nc", "nchh", "nxy", "nthwd d"}) EXPECT_FALSE(is_layout(text)) << text;
}

}  // namespace
}  // namespace fno::operators
