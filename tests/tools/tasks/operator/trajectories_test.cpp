#include "tools/tasks/operator/trajectories.h"

#include "tests/tools/training/train_test_support.h"
#include "tools/files/safetensors.h"

namespace fno::operators {
namespace {

using Extents = std::vector<std::int64_t>;
using training::throws_error;

class Trajectories : public training::InFolder {
 protected:
  [[nodiscard]] std::string write(const std::vector<NamedArray>& arrays) const {
    write_npz(path("data.npz"), arrays, true);
    return path("data.npz");
  }
};

// 1000·sample + 100·time + 10·row + column.
double number(std::int64_t n, std::int64_t t, std::int64_t h, std::int64_t w) {
  return static_cast<double>(1000 * n + 100 * t + 10 * h + w);
}

// Those numbers in the order of `axes`, letters of n t h w: 2 samples, times first … last-1, 3 x 4 points.
NamedArray array_of(const std::string& name, const std::string& axes, std::int64_t first = 0, std::int64_t last = 5) {
  std::vector<float> values;
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t t = first; t < last; ++t)
      for (std::int64_t h = 0; h < 3; ++h)
        for (std::int64_t w = 0; w < 4; ++w) values.push_back(static_cast<float>(number(n, t, h, w)));
  const std::string letters = axes.size() == 4 ? "nthw" : "nhw";
  const Extents shape = axes.size() == 4 ? Extents{2, last - first, 3, 4} : Extents{2, 3, 4};
  std::vector<std::size_t> order;
  for (const char axis : axes) order.push_back(letters.find(axis));
  return {name, permuted(make_host_array(values, shape), order)};
}

OperatorData as_read(const FieldPairs& pairs) {
  const auto none = [](std::int64_t channels) {
    const auto n = static_cast<std::size_t>(channels);
    return training::ChannelScaling{std::vector(n, 0.0), std::vector(n, 1.0)};
  };
  return without_units(pairs, none(pairs.inputs), none(pairs.outputs));
}

// Five states of 3 x 4 points in each of two samples.
void expect_states(const OperatorData& data) {
  EXPECT_EQ(data.samples, 2);
  EXPECT_EQ(data.times, 5);
  EXPECT_EQ(data.outputs, 1);
  EXPECT_EQ(data.grid, (Extents{3, 4}));
  ASSERT_EQ(data.y.size(), 2u * 5 * 12);
  std::size_t i = 0;
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t t = 0; t < 5; ++t)
      for (std::int64_t h = 0; h < 3; ++h)
        for (std::int64_t w = 0; w < 4; ++w) ASSERT_EQ(static_cast<double>(data.y[i++]), number(n, t, h, w));
}

TEST_F(Trajectories, OneArrayIsStatesInTime) {
  const std::string file = write({array_of("u", "nthw"), {"t", make_host_array(std::vector<float>(5), {5})}});
  for (const Reading& reading : {Reading{.x_name = "u", .history = 1}, Reading{.x_name = "u", .time_axis = 1},
                                 Reading{.x_name = "u", .layout = "nthw"}, Reading{.y_name = "u", .history = 1}}) {
    const FieldPairs pairs = read_field_pairs(file, reading);
    EXPECT_EQ(pairs.history, 1);
    expect_states(as_read(pairs));
    EXPECT_NE(pairs.text().find("2 trajectories of 5 states, grid 3 x 4; u: 1 channel, float32, 0 to 1423, axes nthw; "
                                "1 state to the next"),
              std::string::npos)
        << pairs.text();
  }
  // Alone in its file it needs no name.
  expect_states(as_read(read_field_pairs(write({array_of("vorticity", "nthw")}), {.history = 1})));
}

TEST_F(Trajectories, TimeMayBeAnyAxis) {
  // MATLAB's files of the FNO paper have it last.
  const std::string last = write({array_of("u", "nhwt")});
  for (const int axis : {3, -1}) expect_states(as_read(read_field_pairs(last, {.x_name = "u", .time_axis = axis})));
  expect_states(as_read(read_field_pairs(last, {.x_name = "u", .layout = "nhwt", .time_axis = 3})));
  expect_states(as_read(read_field_pairs(last, {.x_name = "u", .layout = "nhw", .time_axis = 3})));
  EXPECT_TRUE(throws_error(ErrorKind::config, "--time-axis: found 2 for",
                           [&] { (void)read_field_pairs(last, {.x_name = "u", .layout = "nhwt", .time_axis = 2}); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "--time-axis: found 4 for",
                           [&] { (void)read_field_pairs(last, {.x_name = "u", .time_axis = 4}); }));
  expect_states(as_read(read_field_pairs(write({array_of("u", "tnhw")}), {.x_name = "u", .layout = "tnhw"})));
  // Two channels, and none.
  const std::string five = write({{"u", make_host_array(std::vector<float>(2 * 3 * 2 * 4 * 5, 1), {2, 3, 2, 4, 5})}});
  const FieldPairs pairs = read_field_pairs(five, {.time_axis = 1});
  EXPECT_EQ(pairs.outputs, 2);
  EXPECT_EQ(pairs.times, 3);
  EXPECT_EQ(pairs.grid, (Extents{4, 5}));
  EXPECT_EQ(read_field_pairs(five, {.layout = "nthwd"}).grid, (Extents{2, 4, 5}));
}

TEST_F(Trajectories, YGoesOnWhereXEnds) {
  const auto both = [&](const NamedArray& x, const NamedArray& y, const Reading& reading) {
    return read_field_pairs(write({x, y}), reading);
  };
  // Ten states in, those after them out; an initial state, and what follows; the same with the initial state twice.
  const FieldPairs two = both(array_of("x", "nthw", 0, 2), array_of("y", "nthw", 2), {.time_axis = 1, .history = 2});
  expect_states(as_read(two));
  EXPECT_EQ(two.inputs, 2);
  expect_states(as_read(both(array_of("x", "nhw", 0, 1), array_of("y", "nhwt", 1), {.time_axis = 3, .history = 1})));
  const FieldPairs twice = both(array_of("x", "nhw", 0, 1), array_of("y", "nhwt"), {.time_axis = 3, .history = 1});
  expect_states(as_read(twice));
  EXPECT_NE(twice.text().find("not taken twice"), std::string::npos) << twice.text();
  // A state and the next one, without an axis of time.
  const FieldPairs next = both(array_of("x", "nhw", 0, 1), array_of("y", "nhw", 1, 2), {.layout = "nhw", .history = 1});
  EXPECT_EQ(next.times, 2);
  EXPECT_EQ(as_read(next).target(1)[5], static_cast<float>(number(1, 1, 1, 1)));
  EXPECT_TRUE(throws_error(ErrorKind::data, "the same but for time", [&] {
    (void)both(array_of("x", "nhw", 0, 1), {"y", make_host_array(std::vector<float>(24, 1), {2, 3, 4})},
               {.layout = "nhw", .y_layout = "nch", .history = 1});
  }));
}

TEST_F(Trajectories, WithoutHistoryTimeIsAnAxisOfTheGrid) {
  // Earlier states become channels, repeated along the times of y: what FNO-3D learns from.
  const std::string file = write({array_of("x", "nthw", 0, 2), array_of("y", "nthw", 2)});
  const FieldPairs pairs = read_field_pairs(file, {.time_axis = 1});
  EXPECT_EQ(pairs.history, 0);
  EXPECT_EQ(pairs.inputs, 2);
  EXPECT_EQ(pairs.grid, (Extents{3, 3, 4}));
  EXPECT_EQ(pairs.time_axis, 0u);
  const OperatorData data = as_read(pairs);
  EXPECT_EQ(data.input(1)[36 + 5], static_cast<float>(number(1, 1, 1, 1)));       // the second state, at the first time
  EXPECT_EQ(data.input(1)[36 + 12 + 5], static_cast<float>(number(1, 1, 1, 1)));  // and at the second
  EXPECT_EQ(data.target(1)[2 * 12 + 5], static_cast<float>(number(1, 4, 1, 1)));
}

TEST_F(Trajectories, StridesAreThoseOfSpace) {
  const std::string file = write({array_of("u", "nthw")});
  const FieldPairs pairs =
      read_field_pairs(file, {.x_name = "u", .history = 2, .stride = PerAxis<int>(std::vector{2, 3})});
  EXPECT_EQ(pairs.times, 5);
  EXPECT_EQ(pairs.grid, (Extents{2, 2}));
  EXPECT_EQ(as_read(pairs).target(1),
            (std::vector<float>{1200, 1203, 1220, 1223, 1300, 1303, 1320, 1323, 1400, 1403, 1420, 1423}));
}

TEST_F(Trajectories, WindowsAreTakenWhereTheyLie) {
  const FieldPairs pairs = read_field_pairs(write({array_of("u", "nthw")}), {.x_name = "u", .history = 2});
  const OperatorData data = as_read(pairs);
  EXPECT_EQ(data.x_channels, (std::vector<std::string>{"u(t-1)", "u(t)"}));
  const training::SampleSource windows = data.windows(2);
  EXPECT_EQ(data.windows_each(2), 2);
  EXPECT_EQ(windows.samples, 4);
  EXPECT_EQ(windows.x_shape, (Shape{1, 2, 3, 4}));
  EXPECT_EQ(windows.y_shape, (Shape{1, 2, 3, 4}));
  // Window 3: the second of the second sample, states 1 and 2, then 3 and 4.
  std::vector<float> x(24), y(24);
  windows.x.read(3, x);
  windows.y.read(3, y);
  EXPECT_EQ(x[0], 1100.f);
  EXPECT_EQ(x[12], 1200.f);
  EXPECT_EQ(y[0], 1300.f);
  EXPECT_EQ(y[23], 1423.f);
  EXPECT_EQ(windows.x.held().data(), data.y.data());  // nothing has been copied
  // Whole samples: the first states, and all that follow.
  EXPECT_EQ(data.input(1).size(), 24u);
  EXPECT_EQ(data.target(1).size(), 36u);
  EXPECT_EQ(data.target(1)[0], 1200.f);
}

TEST_F(Trajectories, StreamedWindowsAreTheSame) {
  write_safetensors(path("u.safetensors"), std::vector{array_of("u", "nthw")});
  const auto read = [&](Streaming streaming) {
    return as_read(read_field_pairs(path("u.safetensors"), {.x_name = "u", .history = 2, .streaming = streaming}));
  };
  const OperatorData held = read(Streaming::off), streamed = read(Streaming::on);
  EXPECT_TRUE(streamed.y.empty());
  std::vector<float> a(24), b(24);
  for (std::int64_t window = 0; window < 4; ++window) {
    held.windows(2).x.read(window, a);
    streamed.windows(2).x.read(window, b);
    EXPECT_EQ(a, b);
    held.windows(2).y.read(window, a);
    streamed.windows(2).y.read(window, b);
    EXPECT_EQ(a, b);
  }
  EXPECT_EQ(held.target(1), streamed.target(1));
}

TEST_F(Trajectories, OneScalingServesInputAndOutput) {
  const FieldPairs pairs = read_field_pairs(write({array_of("u", "nthw")}), {.x_name = "u", .history = 2});
  const Scalings scalings = fit_scalings(pairs, 1);  // all five states of the first sample
  ASSERT_EQ(scalings.y.mean.size(), 1u);
  EXPECT_DOUBLE_EQ(scalings.y.mean[0], 200 + 10 + 1.5);
  EXPECT_EQ(scalings.x.mean, (std::vector<double>{211.5, 211.5}));
  EXPECT_EQ(scalings.x.deviation, (std::vector<double>{scalings.y.deviation[0], scalings.y.deviation[0]}));
}

TEST_F(Trajectories, RefusesWhatIsNone) {
  const std::string file = write({array_of("u", "nthw"), array_of("v", "nthw")});
  EXPECT_TRUE(throws_error(ErrorKind::config, "--history: found 5, accepted with the 5 states",
                           [&] { (void)read_field_pairs(file, {.x_name = "u", .history = 5}); }));
  EXPECT_TRUE(throws_error(ErrorKind::data, "found no array 'x' but 'u', 'v'",
                           [&] { (void)read_field_pairs(file, {.history = 1}); }));
  EXPECT_TRUE(throws_error(ErrorKind::data, "found shape (2, 5, 3, 4), accepted with --layout nth: 3 axes",
                           [&] { (void)read_field_pairs(file, {.x_name = "u", .layout = "nth", .history = 1}); }));
  EXPECT_TRUE(throws_error(ErrorKind::data, "pairs of fields, as the run has", [&] {
    require_states(read_field_pairs(file, {.x_name = "u", .history = 1}), 0, "the run");
  }));
}

}  // namespace
}  // namespace fno::operators
