// Own measurements: how their files are read, and what is made of their patterns.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/tools/tasks/ptychography/small_scan.h"
#include "tests/tools/tasks/ptychography/small_set.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/reconstruct.h"

namespace fno::ptychography {
namespace {

using training::throws_error;
using Arrays = std::vector<NamedArray>;

class MeasurementFile : public training::InFolder {
 protected:
  PtychoData read(const Arrays& arrays, const MeasurementReading& reading = {}) {
    write_npz(path("scan.npz"), arrays, false);
    return read_dataset(path("scan.npz"), reading);
  }
  // That reading the file is refused in one line with these words.
  void expect_refused(const Arrays& arrays, const std::vector<std::string>& says) {
    for (const std::string& word : says)
      EXPECT_TRUE(throws_error(ErrorKind::data, word, [&] { (void)read(arrays); })) << word;
  }
  static HostArray& at(Arrays& arrays, const std::string& name) { return array_of(arrays, name); }
  static bool says(const PtychoData& data, const std::string& word) {
    return data.text().find(word) != std::string::npos;
  }
  static bool notices(const PtychoData& data, const std::string& word) {
    return std::ranges::any_of(data.measurement->notices,
                               [&](const std::string& n) { return n.find(word) != std::string::npos; });
  }
  const SmallScan scan_ = small_scan();
};

TEST_F(MeasurementFile, DiffractionProbeAndPositionsAreEnough) {
  const PtychoData data = read(scan_arrays(scan_));
  ASSERT_TRUE(data.measurement.has_value());
  EXPECT_EQ(data.n, 40);
  EXPECT_EQ(data.N, 16);
  EXPECT_TRUE(data.target.empty());
  EXPECT_FALSE(data.measurement->truth.has_value());
  for (const char* word : {"40 patterns of 16 x 16", "float32 amplitudes", "probe complex64", "positions x", "overlap",
                           "no mask", "no truth"})
    EXPECT_TRUE(says(data, word)) << word << " in " << data.text();
  EXPECT_TRUE(data.measurement->notices.empty()) << data.measurement->notices.front();
  // Units: amplitudes of root mean square 1/2, and a probe that gives them with an object of modulus 1.
  double squares = 0, power = 0;
  for (const float v : data.diffraction) squares += static_cast<double>(v) * static_cast<double>(v);
  for (const auto p : data.probe) power += static_cast<double>(std::norm(p));
  EXPECT_NEAR(squares / static_cast<double>(data.diffraction.size()), 0.25, 1e-6);
  EXPECT_NEAR(power / 256, 0.25, 1e-6);
  EXPECT_NEAR(static_cast<double>(data.diffraction[7]) * data.measurement->units.amplitude,
              static_cast<double>(scan_.amplitudes[7]), 1e-6);
}

TEST_F(MeasurementFile, OtherLayoutsAndTypesAreTheSameScan) {
  const PtychoData wanted = read(scan_arrays(scan_));
  const auto expect_same = [&](const Arrays& arrays) {
    const PtychoData data = read(arrays);
    EXPECT_EQ(data.n, wanted.n);
    EXPECT_EQ(data.measurement->positions.x, wanted.measurement->positions.x);
    EXPECT_EQ(data.measurement->positions.y, wanted.measurement->positions.y);
    for (std::size_t i = 0; i < data.diffraction.size(); ++i)
      ASSERT_NEAR(data.diffraction[i], wanted.diffraction[i], 1e-5) << i;
  };
  Arrays arrays = scan_arrays(scan_);
  arrays[0].name = "diff3d";
  expect_same(arrays);
  arrays[0].array.shape.push_back(1);
  expect_same(arrays);
  arrays = scan_arrays(scan_);
  constexpr std::size_t kLast[] = {1, 2, 0};
  arrays[0].array = permuted(arrays[0].array, kLast);
  expect_same(arrays);
  EXPECT_TRUE(says(read(arrays), "the last axis counts the patterns"));
  arrays = scan_arrays(scan_);
  arrays[0].array = make_host_array(each<double>(scan_.amplitudes, [](float v) { return v; }), {40, 16, 16});
  expect_same(arrays);
  for (NamedArray& array : arrays) array.name = "raw_data/" + array.name;
  expect_same(arrays);
}

TEST_F(MeasurementFile, PtyPyAndCxiFilesAreInMetres) {
  // 8 keV, 2 m, detector pixels of 172e-6 m: λ = 1.5498e-10 m, so an object pixel of 1.1263e-7 m.
  const double pixel = 1.549802e-10 * 2 / (16 * 172e-6);
  const auto half = [&](std::size_t first, std::size_t count, const std::string& chunk, Arrays& arrays) {
    std::vector<double> places;
    for (std::size_t i = first; i < first + count; ++i)
      places.insert(places.end(), {scan_.positions.y[i] * pixel, scan_.positions.x[i] * pixel});
    const auto from = scan_.amplitudes.begin() + static_cast<std::ptrdiff_t>(first * 256);
    std::vector<float> squares(from, from + static_cast<std::ptrdiff_t>(count * 256));
    for (float& v : squares) v = std::round(1e4f * v * v);
    const auto n = static_cast<std::int64_t>(count);
    arrays.push_back({chunk + "data", make_host_array(squares, {n, 16, 16})});
    arrays.push_back({chunk + "positions", make_host_array(places, {n, 2})});
  };
  Arrays ptyd;
  half(30, 10, "chunks/10/", ptyd);  // after chunk 2, whatever their order by name
  half(0, 30, "chunks/2/", ptyd);
  ptyd.push_back({"meta/energy", make_host_scalar(8.0)});
  ptyd.push_back({"meta/distance", make_host_scalar(2.0)});
  ptyd.push_back({"meta/psize", make_host_scalar(172e-6)});
  write_npz(path("probe.npz"), Arrays{{"probe", make_host_array(scan_.probe, {16, 16})}}, false);
  const MeasurementReading with_probe{.probe = path("probe.npz")};
  expect_refused(ptyd, {"found no probe", "--probe"});

  Arrays cxi;
  std::vector<double> moved;
  for (std::size_t i = 0; i < 40; ++i)
    moved.insert(moved.end(), {-scan_.positions.x[i] * pixel, -scan_.positions.y[i] * pixel, 0.0});
  cxi.push_back(
      {"entry_1/data_1/data",
       make_host_array(each<std::uint16_t>(scan_.amplitudes, [](float v) { return std::round(1e3f * v * v); }),
                       {40, 16, 16})});
  cxi.push_back({"entry_1/sample_1/geometry_1/translation", make_host_array(moved, {40, 3})});
  cxi.push_back({"entry_1/instrument_1/source_1/energy", make_host_scalar(8.0 * 1.602176634e-16)});
  cxi.push_back({"entry_1/instrument_1/detector_1/distance", make_host_scalar(2.0)});
  cxi.push_back({"entry_1/instrument_1/detector_1/x_pixel_size", make_host_scalar(172e-6)});
  std::vector<std::uint8_t> bad(256);
  bad[3] = 4;
  cxi.push_back({"entry_1/instrument_1/detector_1/mask", make_host_array(bad, {16, 16})});
  for (const Arrays& arrays : {ptyd, cxi}) {
    const PtychoData data = read(arrays, with_probe);
    ASSERT_EQ(data.n, 40);
    for (std::size_t i = 0; i < 40; ++i) {
      EXPECT_NEAR(data.measurement->positions.x[i], scan_.positions.x[i], 1e-4) << i;
      EXPECT_NEAR(data.measurement->positions.y[i], scan_.positions.y[i], 1e-4) << i;
    }
    EXPECT_TRUE(says(data, "intensities (whole numbers")) << data.text();
    EXPECT_TRUE(says(data, "metres to pixels")) << data.text();
    EXPECT_TRUE(data.measurement->notices.empty());
  }
  EXPECT_TRUE(says(read(ptyd, with_probe), "(PtyPy)"));
  EXPECT_TRUE(says(read(cxi, with_probe), "(CXI)"));
  EXPECT_EQ(read(cxi, with_probe).measurement->mask[3], 0);
  EXPECT_EQ(read(cxi, with_probe).measurement->mask[4], 1);
  std::erase_if(ptyd, [](const NamedArray& a) { return a.name == "meta/energy"; });
  EXPECT_TRUE(throws_error(ErrorKind::data, "--pixel-size", [&] { (void)read(ptyd, with_probe); }));
  MeasurementReading told = with_probe;
  told.pixel_size = pixel;
  EXPECT_NEAR(read(ptyd, told).measurement->positions.x[0], scan_.positions.x[0], 1e-9);
}

TEST_F(MeasurementFile, AmplitudesAndIntensitiesAreToldApart) {
  const auto kind = [&](const std::vector<float>& values) { return measured_kind(values, 16, scan_.probe, {}); };
  const std::vector<float> squares = each<float>(scan_.amplitudes, [](float v) { return v * v; });
  const std::vector<float> counts = each<float>(squares, [](float v) { return std::round(900 * v); });
  EXPECT_FALSE(kind(scan_.amplitudes).intensities) << kind(scan_.amplitudes).why;
  EXPECT_TRUE(kind(squares).intensities) << kind(squares).why;
  EXPECT_TRUE(kind(counts).intensities) << kind(counts).why;
  EXPECT_FALSE(kind(each<float>(counts, [](float v) { return std::sqrt(v); })).intensities);
  // In any unit.
  for (const float unit : {1e-6f, 1e6f}) {
    EXPECT_FALSE(kind(each<float>(scan_.amplitudes, [&](float v) { return 0.37f * unit * v; })).intensities) << unit;
    EXPECT_TRUE(kind(each<float>(squares, [&](float v) { return 0.37f * unit * v; })).intensities) << unit;
  }
  // Read so, and when told otherwise, otherwise; either way the line says it.
  Arrays arrays = scan_arrays(scan_);
  arrays[0].array = make_host_array(squares, {40, 16, 16});
  const PtychoData found = read(arrays), plain = read(scan_arrays(scan_));
  EXPECT_TRUE(says(found, "float32 intensities")) << found.text();
  EXPECT_TRUE(says(found, "converted: intensities to amplitudes")) << found.text();
  for (std::size_t i = 0; i < plain.diffraction.size(); ++i)
    ASSERT_NEAR(found.diffraction[i], plain.diffraction[i], 1e-5) << i;
  EXPECT_TRUE(says(read(arrays, {.measured = Measured::amplitudes}), "amplitudes (as asked)"));
  EXPECT_TRUE(says(read(scan_arrays(scan_), {.measured = Measured::intensities}), "intensities (as asked)"));
}

TEST_F(MeasurementFile, ASimulatedSetsAmplitudesAreToldFromTheirSquares) {
  const PtychoData set = read_dataset(simulate(small_set(), path("set")).train);
  EXPECT_FALSE(measured_kind(set.diffraction, 16, set.probe, {}).intensities);
  const MeasuredKind squares =
      measured_kind(each<float>(set.diffraction, [](float v) { return v * v; }), 16, set.probe, {});
  EXPECT_TRUE(squares.intensities) << squares.why;
}

TEST_F(MeasurementFile, MaskedPixelsLeaveTheLoss) {
  Arrays arrays = scan_arrays(scan_);
  std::vector<std::uint8_t> mask(256, 1);
  for (const std::size_t p : {5u, 77u, 200u}) mask[p] = 0;
  arrays.push_back({"mask", make_host_array(mask, {16, 16})});
  const auto loss_of = [&](const PtychoData& data, const char* name) {
    const Physics physics(data, {.fixed = 1}, cpu());
    training::Sweep sweep(samples_of(data), 0, 8, 8, cpu());
    const training::Batch batch = sweep.batch(0);
    EXPECT_EQ(batch.y.shape(), (Shape{8, 2, 16, 16}));
    const Var ones = Constant(1).forward(Var(batch.x));
    return physics_loss(physics, name, 1)(ones, Var(batch.y)).value().item();
  };
  const PtychoData data = read(arrays);
  EXPECT_TRUE(says(data, "mask leaves out 1.17 % of the pixels, those of 0")) << data.text();
  ASSERT_EQ(data.target.size(), 2 * data.diffraction.size());
  std::vector<float> spoilt = scan_.amplitudes;
  for (std::size_t i = 0; i < 40; ++i) {
    spoilt[i * 256 + 5] = std::numeric_limits<float>::quiet_NaN();
    spoilt[i * 256 + 77] = -1;  // as detectors mark dead pixels
    spoilt[i * 256 + 200] = 1e9f;
  }
  arrays[0].array = make_host_array(spoilt, {40, 16, 16});
  const PtychoData other = read(arrays);
  EXPECT_EQ(other.measurement->negatives, 0);
  EXPECT_EQ(other.diffraction, data.diffraction);
  for (const char* name : {"mae", "poisson"}) {
    EXPECT_EQ(loss_of(other, name), loss_of(data, name));
    EXPECT_TRUE(std::isfinite(loss_of(other, name)));
  }
  // By hand: Σ |a - x| / Σ x over the pixels that count.
  const Physics physics(data, {.fixed = 1}, cpu());
  training::Sweep sweep(samples_of(data), 0, 8, 8, cpu());
  const std::vector<float> a = physics.amplitude(Constant(1).forward(Var(sweep.batch(0).x))).value().to_host<float>();
  double difference = 0, total = 0;
  for (std::size_t i = 0; i < 8 * 256; ++i) {
    if (mask[i % 256] == 0) continue;
    difference += std::abs(static_cast<double>(a[i]) - static_cast<double>(data.diffraction[i]));
    total += static_cast<double>(data.diffraction[i]);
  }
  EXPECT_NEAR(loss_of(data, "mae"), difference / total, 1e-5);

  // The values of fewer pixels are those left out, unless it is said.
  arrays[0] = scan_arrays(scan_)[0];
  arrays.back().array = make_host_array(each<std::uint8_t>(mask, [](std::uint8_t v) { return 1 - v; }), {16, 16});
  EXPECT_EQ(read(arrays).measurement->mask, data.measurement->mask);
  EXPECT_TRUE(notices(read(arrays, {.masked = Masked::zeros}), "more than half of the pixels"));
  // One of its own for each pattern.
  std::vector<std::uint8_t> all(40 * 256, 1);
  for (std::size_t i = 0; i < 40; ++i)
    for (const std::size_t p : {5u, 77u, 200u}) all[i * 256 + p] = 0;
  arrays.back().array = make_host_array(all, {40, 16, 16});
  EXPECT_EQ(read(arrays).target, data.target);
}

TEST_F(MeasurementFile, WhatDoesNotFitIsRefused) {
  const auto without = [&](const std::string& name) {
    Arrays arrays = scan_arrays(scan_);
    std::erase_if(arrays, [&](const NamedArray& a) { return a.name == name; });
    return arrays;
  };
  expect_refused(without("diffraction"),
                 {"scan.npz: found 'probeGuess', 'xcoords', 'ycoords'", "diffraction or diff3d"});
  expect_refused(without("xcoords"), {"accepted: a measurement, with", "xcoords", "fno convert"});
  expect_refused(without("ycoords"), {"'xcoords' without its rows", "ycoords"});
  expect_refused(without("probeGuess"), {"found no probe", "probeGuess or probe", "--probe"});
  const auto changed = [&](const std::string& name, HostArray array) {
    Arrays arrays = scan_arrays(scan_);
    at(arrays, name) = std::move(array);
    return arrays;
  };
  const std::vector<double> places(39, 20.0);
  expect_refused(changed("xcoords", make_host_array(places, {39})), {"39 of xcoords and 40 of ycoords"});
  Arrays both = changed("xcoords", make_host_array(places, {39}));
  at(both, "ycoords") = make_host_array(places, {39});
  expect_refused(both, {"array 'diffraction': found shape (40, 16, 16) and 39 positions"});
  expect_refused(changed("probeGuess", make_host_array(std::vector<std::complex<float>>(64, 1.f), {8, 8})),
                 {"array 'probeGuess': found shape (8, 8), accepted: (16, 16)"});
  expect_refused(changed("probeGuess", make_host_array(std::vector<std::complex<float>>(256), {16, 16})),
                 {"found zeros only"});
  expect_refused(changed("diffraction", make_host_array(std::vector<float>(40 * 128, 1), {40, 16, 8})),
                 {"patterns of 16 x 8", "square"});
  std::vector<float> spoilt = scan_.amplitudes;
  spoilt[2 * 256 + 16 + 5] = std::nanf("");
  expect_refused(changed("diffraction", make_host_array(spoilt, {40, 16, 16})), {"nan at index (2, 1, 5)", "mask"});
  std::vector<double> nan_places = scan_.positions.x;
  nan_places[4] = std::nan("");
  expect_refused(changed("xcoords", make_host_array(nan_places, {40})), {"array 'xcoords': found nan at index (4,)"});
  Arrays masked = scan_arrays(scan_);
  masked.push_back({"mask", make_host_array(std::vector<std::uint8_t>(64), {8, 8})});
  expect_refused(masked, {"array 'mask': found shape (8, 8), accepted: (16, 16) or (40, 16, 16)"});
  const std::vector<double> far = each<double>(scan_.positions.x, [](double v) { return 1e9 * v; });
  expect_refused(changed("xcoords", make_host_array(far, {40})), {"positions that span", "--pixel-size"});
}

TEST_F(MeasurementFile, SuspiciousScansGetANotice) {
  Arrays arrays = scan_arrays(scan_);
  for (const char* name : {"xcoords", "ycoords"}) {
    std::vector<double> metres = at(arrays, name).to_doubles();
    for (double& v : metres) v *= 1e-8;
    at(arrays, name) = make_host_array(metres, {40});
  }
  EXPECT_TRUE(notices(read(arrays), "in metres, --pixel-size"));
  EXPECT_FALSE(notices(read(arrays, {.pixel_size = 1e-8}), "metres"));
  arrays = scan_arrays(scan_);
  for (const char* name : {"xcoords", "ycoords"}) {
    std::vector<double> wide = at(arrays, name).to_doubles();
    for (double& v : wide) v *= 40;
    at(arrays, name) = make_host_array(wide, {40});
  }
  EXPECT_TRUE(notices(read(arrays), "overlap by 0 %"));
  arrays = scan_arrays(scan_);
  std::vector<float> cornered(scan_.amplitudes.size());
  for (std::size_t i = 0; i < cornered.size(); ++i)
    cornered[i - i % 256 + (i % 256 / 16 + 8) % 16 * 16 + (i + 8) % 16] = scan_.amplitudes[i] * scan_.amplitudes[i];
  arrays[0].array = make_host_array(cornered, {40, 16, 16});
  const bool bright = notices(read(arrays, {.measured = Measured::intensities}), "fftshift");
  // The defocused probe fills its detector; a narrow one has a bright middle.
  std::vector<float> narrow(cornered.size());
  for (std::size_t i = 0; i < 40; ++i) narrow[i * 256] = narrow[i * 256 + 1] = 3.5f;
  arrays[0].array = make_host_array(narrow, {40, 16, 16});
  EXPECT_TRUE(bright || notices(read(arrays), "fftshift"));
}

TEST_F(MeasurementFile, DarkAndNegativePatternsDoNotPassTheGate) {
  const auto refused = [&](const Arrays& arrays, const std::string& word) {
    const PtychoData data = read(arrays);
    std::string notice;
    const Physics physics(data, {}, cpu());
    return throws_error(ErrorKind::numeric, word, [&] { (void)gate(data, physics, cpu(), notice); });
  };
  const auto with = [&](const std::vector<float>& values) {
    Arrays arrays = scan_arrays(scan_);
    arrays[0].array = make_host_array(values, {40, 16, 16});
    return arrays;
  };
  std::vector<float> values = scan_.amplitudes;
  EXPECT_FALSE(refused(with(values), ""));
  std::fill_n(values.begin() + 3 * 256, 256, 0.f);
  EXPECT_TRUE(refused(with(values), "1 pattern of 40 dark, without any amplitude above 0, the first is sample 3"));
  EXPECT_TRUE(refused(with(std::vector<float>(values.size(), 0.f)), "all 40 patterns of 40 dark"));
  values = scan_.amplitudes;
  values[2 * 256 + 17] = values[9 * 256] = -50;
  EXPECT_TRUE(refused(with(values), "-50 at index (2, 1, 1)"));
  EXPECT_TRUE(refused(with(each<float>(scan_.amplitudes, [](float v) { return -v; })), "--no-gate"));
}

}  // namespace
}  // namespace fno::ptychography
