#include <cmath>
#include <gtest/gtest.h>

#include "tests/tools/tasks/ptychography/small_set.h"
#include "tools/commands/train.h"
#include "tools/tasks/ptychography/physics.h"

namespace fno::ptychography {
namespace {

using training::throws_error;

class Gate : public training::InFolder {
 protected:
  PtychoData made(const GridLines& settings, const std::string& split = "train") {
    const DatasetPaths paths = simulate(settings, path("set"));
    return read_dataset(split == "train" ? paths.train : paths.test);
  }
  static std::optional<GateResult> pass(const PtychoData& data, const std::string& gain = "fixed:16") {
    std::string notice;
    const Physics physics(data, probe_gain(gain).value(), cpu());
    const std::optional<GateResult> result = gate(data, physics, cpu(), notice);
    EXPECT_EQ(notice, result ? "" : notice);
    return result;
  }
  static std::string notice_of(const PtychoData& data) {
    std::string notice;
    const Physics physics(data, {}, cpu());
    EXPECT_FALSE(gate(data, physics, cpu(), notice).has_value());
    return notice;
  }
};

TEST_F(Gate, TheTrueObjectReproducesTheDiffraction) {
  for (const bool phase : {false, true}) {
    GridLines settings = small_set();
    settings.noise = false;
    settings.set_phi = phase;
    settings.nimgs_train = 2;
    for (const char* split : {"train", "test"}) {
      const PtychoData data = made(settings, split);
      for (const char* gain : {"1", "fixed:16", "batch"}) {
        const auto result = pass(data, gain);
        ASSERT_TRUE(result.has_value()) << split << " " << gain;
        EXPECT_LT(result->error, 1e-5) << split << " " << gain;
        EXPECT_EQ(result->patches, data.n);  // 98 and 169
      }
    }
  }
}

TEST_F(Gate, NoiseAlonePasses) {
  for (const double photons : {1e9, 1e5, 1e3}) {
    GridLines settings = small_set();
    settings.nphotons = photons;
    const auto result = pass(made(settings));
    ASSERT_TRUE(result.has_value());
    EXPECT_GT(result->error, 0);
    EXPECT_LE(result->error, result->limit) << photons;
  }
  // 1000 photons on 256 pixels: the noise is of the order of a root of a quarter over four photons.
  GridLines faint = small_set();
  faint.nphotons = 1e3;
  EXPECT_GT(pass(made(faint))->error, 0.05);
}

TEST_F(Gate, ASubsetIsComparedPatchByPatch) {
  GridLines settings = small_set();
  settings.patches_train = 20;
  settings.noise_seed = 3;
  settings.noise = false;
  const PtychoData data = made(settings);
  ASSERT_EQ(data.n, 20);
  const auto result = pass(data);
  ASSERT_TRUE(result.has_value());
  EXPECT_LT(result->error, 1e-5);
  EXPECT_EQ(result->patches, 20);
}

TEST_F(Gate, ARunOnASoundSetPasses) {
  const DatasetPaths paths = simulate(small_set(), path("set"));
  const settings::Settings settings = small_run(paths.train, path("run"), {"--test-data", paths.test, "--epochs", "1"});
  std::ostringstream out, log;
  EXPECT_EQ(run_train(settings, training::RunContext{.arguments = {}, .out = &out, .log = &log}), 0);
}

// Each quantity that fixes a scale, times 2 and times 1/2, in the file itself: fno train must refuse it.
struct Scale {
  const char* name;
  const char* says;
  void (*spoil)(std::vector<NamedArray>& train, std::vector<NamedArray>& test, double factor);
};

std::ostream& operator<<(std::ostream& out, const Scale& scale) { return out << scale.name; }

void scale_metadata(std::vector<NamedArray>& arrays, const char* key, double factor) {
  change_metadata(arrays, [&](Json& json) {
    for (auto& [group, values] : json.items())
      if (values.is_object() && values.contains(key)) values[key] = values[key].get<double>() * factor;
  });
}

const Scale kScales[] = {
    {"Diffraction", "differs from the file's",
     [](auto& train, auto&, double f) { scale_array(train, "diffraction", static_cast<float>(f)); }},
    {"Probe", "differs from the file's",
     [](auto& train, auto&, double f) { scale_array(train, "probeGuess", static_cast<float>(f)); }},
    {"IntensityScale", "intensity_scale",
     [](auto& train, auto&, double f) { scale_metadata(train, "intensity_scale", f); }},
    {"NormYI", "norm_Y_I", [](auto&, auto& test, double f) { scale_array(test, "norm_Y_I", static_cast<float>(f)); }},
    // Beyond the four of the specification: the metadata's copy, the other file, the norm of the simulated probe.
    {"NormYIOfTheMetadata", "norm_Y_I", [](auto& train, auto&, double f) { scale_metadata(train, "norm_Y_I", f); }},
    {"TestDiffraction", "differs from the file's",
     [](auto&, auto& test, double f) { scale_array(test, "diffraction", static_cast<float>(f)); }},
    {"SimulationProbeNorm", "differs from the file's",
     [](auto& train, auto&, double f) { scale_metadata(train, "simulation_probe_norm", f); }},
    {"Object", "norm_Y_I", [](auto& train, auto&, double f) { scale_array(train, "YY_full", static_cast<float>(f)); }},
};

class WrongScale : public training::InFolder, public ::testing::WithParamInterface<std::tuple<Scale, double>> {};

TEST_P(WrongScale, IsRefusedAndLetThroughOnRequest) {
  const auto& [scale, factor] = GetParam();
  const DatasetPaths paths = simulate(small_set(), path("set"));
  std::vector<NamedArray> train, test;
  rewrite(paths.train, path("train.npz"), [&](auto& a) { train = a; });
  rewrite(paths.test, path("test.npz"), [&](auto& a) { test = a; });
  std::ostringstream out, log;
  const training::RunContext context{.arguments = {"fno", "train"}, .out = &out, .log = &log};
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--test-data", path("test.npz"), "--epochs", "1"});
    return run_train(small_run(path("train.npz"), path("run"), more), context);
  };
  scale.spoil(train, test, factor);
  write_npz(path("train.npz"), train, false);
  write_npz(path("test.npz"), test, false);
  const auto trained = [&] { (void)run({}); };
  EXPECT_EQ(static_cast<int>(ErrorKind::numeric), 4);
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "physics gate: " + path("t"), trained));
  EXPECT_TRUE(throws_error(ErrorKind::numeric, scale.says, trained));
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "--no-gate", trained));
  EXPECT_FALSE(std::filesystem::exists(path("run")));
  EXPECT_EQ(run({"--no-gate"}), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, WrongScale, ::testing::Combine(::testing::ValuesIn(kScales), ::testing::Values(2.0, 0.5)),
                         [](const auto& c) {
                           return std::string(std::get<0>(c.param).name) +
                                  (std::get<1>(c.param) > 1 ? "Doubled" : "Halved");
                         });

TEST_F(Gate, CountsInsteadOfAmplitudesAreRefused) {
  PtychoData data = made(small_set());
  const double kappa = data.metadata.intensity_scale.value();
  for (float& x : data.diffraction) x = static_cast<float>(std::pow(kappa * static_cast<double>(x), 2));
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "counts instead of amplitudes", [&] { (void)pass(data); }));
  data.metadata.intensity_scale.reset();  // as a file that does not say it
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "counts instead of amplitudes", [&] { (void)pass(data); }));
}

// Whatever else the file has: with its objects and without.
TEST_F(Gate, WhatIsNoMeasurementIsRefusedNamingTheSample) {
  const PtychoData sound = made(small_set());
  const auto refused = [&](const std::string& word, auto&& change) {
    bool all = true;
    for (const bool objects : {true, false}) {
      PtychoData data = sound;
      if (!objects) {
        data.objects.clear();
        data.images = data.size = 0;
      }
      change(data.diffraction);
      std::string notice;
      const Physics physics(data, {}, cpu());
      all = all && throws_error(ErrorKind::numeric, word, [&] { (void)gate(data, physics, cpu(), notice); });
    }
    return all;
  };
  EXPECT_TRUE(refused("all 49 patterns of 49 dark", [](auto& x) { std::ranges::fill(x, 0.f); }));
  EXPECT_TRUE(refused("the first is sample 7", [](auto& x) { std::fill_n(x.begin() + 7 * 256, 512, 0.f); }));
  EXPECT_TRUE(refused("amplitudes of at least 0", [](auto& x) {
    for (float& v : x) v = -v;
  }));
  EXPECT_TRUE(refused("at index (0, 0, 0, 0)", [](auto& x) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = -0.5f - 0.01f * static_cast<float>(i * 7 % 13);
  }));
  EXPECT_TRUE(refused("found -50 at index (3, 1, 4, 0)", [](auto& x) { x[3 * 256 + 20] = x[40 * 256] = -50; }));
}

TEST_F(Gate, AnotherProbeOfTheSamePowerIsRefused) {
  PtychoData data = made(small_set());
  for (std::complex<float>& p : data.probe) p = std::abs(p);  // a flat phase
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "another probe", [&] { (void)pass(data); }));
}

TEST_F(Gate, PatchesInAnotherOrderAreRefused) {
  PtychoData data = made(small_set());
  std::rotate(data.diffraction.begin(), data.diffraction.begin() + 256, data.diffraction.end());
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "differs", [&] { (void)pass(data); }));
}

TEST_F(Gate, WhatAFileDoesNotSayIsToldInANotice) {
  const PtychoData data = made(small_set());
  const auto without = [&](auto&& change) {
    PtychoData less = data;
    change(less);
    return notice_of(less);
  };
  EXPECT_EQ(without([](PtychoData& d) {
              d.objects.clear();
              d.images = d.size = 0;
            }),
            "no physics gate: " + data.path + " has no full objects (YY_full)");
  EXPECT_NE(without([](PtychoData& d) { d.metadata.outer_offset_train.reset(); }).find("how it was scanned"),
            std::string::npos);
  EXPECT_NE(without([](PtychoData& d) {
              d.n -= 1;
              d.diffraction.resize(static_cast<std::size_t>(d.n) * 256);
            }).find("which patches"),
            std::string::npos);
}

// The norm of the simulated probe can be worked out from the probe, so files of the original project have a gate too.
TEST_F(Gate, AFileThatDoesNotSayTheNormOfItsProbeIsCheckedAllTheSame) {
  PtychoData data = made(small_set());
  data.metadata.simulation_probe_norm.reset();
  EXPECT_TRUE(pass(data));
  for (float& x : data.diffraction) x = x * x;
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "differs", [&] { (void)pass(data); }));
}

TEST_F(Gate, ARunOnAFileWithoutObjectsSaysSoAndGoesOn) {
  const DatasetPaths paths = simulate(small_set(), path("set"));
  rewrite(paths.train, path("train.npz"),
          [](auto& arrays) { std::erase_if(arrays, [](const NamedArray& a) { return a.name == "YY_full"; }); });
  settings::Settings settings = small_run(path("train.npz"), path("run"), {"--epochs", "1"});
  settings.run.quiet = false;
  std::ostringstream out, log;
  EXPECT_EQ(run_train(settings, training::RunContext{.arguments = {}, .out = &out, .log = &log}), 0);
  EXPECT_NE(log.str().find("notice: no physics gate: " + path("train.npz") + " has no full objects"), std::string::npos)
      << log.str();
}

}  // namespace
}  // namespace fno::ptychography
