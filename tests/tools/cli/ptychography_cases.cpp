#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/bad_input_cases.h"
#include "tests/tools/cli/grid_lines_files.h"

namespace fno::test {
namespace {

using Arrays = std::vector<NamedArray>;
using ptychography::array_of;
using ptychography::change_metadata;
using ptychography::scale_array;

// The small set with one file changed.
Step spoilt(const std::string& file, const std::function<void(Arrays&)>& change) {
  return both(grid_lines_made(), [=](const Scratch& place) {
    ptychography::rewrite(place.path("set/" + file), place.path("set/" + file), change);
  });
}

void put_float(Arrays& arrays, const char* name, std::size_t at, float value) {
  std::memcpy(array_of(arrays, name).bytes.data() + at * sizeof value, &value, sizeof value);
}

Step probe_file(std::int64_t side) {
  return [=](const Scratch& place) {
    const std::vector<std::complex<float>> probe(static_cast<std::size_t>(side * side), 1.f);
    write_npz(place.path("probe.npz"), Arrays{{"probeGuess", make_host_array(probe, {side, side})}}, false);
  };
}

// Few patches of the study's own size.
Step of_64() {
  return grid_lines_made({"--N", "64", "--size", "96", "--outer-offset-train", "64", "--outer-offset-test", "32"});
}

}  // namespace

std::vector<Case> ptychography_cases() {
  const Words tested{"--test-data", "set/test.npz"};
  const auto train = [](int code, const char* name, Words says, const Words& more, const Step& prepare) {
    return refused(code, name, std::move(says), ptychography_words(more), prepare);
  };
  // Refused before any data are looked at.
  const auto flags = [](const char* name, Words says, const Words& more) {
    return refused(2, name, std::move(says), ptychography_words(more));
  };
  const auto simulate = [](int code, const char* name, Words says, const Words& more, const Step& prepare = {}) {
    return refused(code, name, std::move(says), grid_lines_words(more), prepare);
  };
  const auto evaluate = [](int code, const char* name, Words says, const std::string& data, const Step& prepare) {
    return refused(code, name, std::move(says), {"evaluate", "--run", "run", "--data", data, "--device", "cpu"},
                   prepare);
  };
  const auto scan = [](int code, const char* name, Words says, const Words& more,
                       const std::function<void(Arrays&)>& change) {
    return refused(code, name, std::move(says), scan_words(more), scan_made(change));
  };
  const Step made = grid_lines_made();
  const Step run = both(made, ptychography_trained());
  return {
      flags("UnknownProbeGain", {"--probe-gain", "found 16", "batch, 1 or fixed:G"}, {"--probe-gain", "16"}),
      flags("ProbeGainOfNothing", {"--probe-gain", "fixed:0"}, {"--probe-gain", "fixed:0"}),
      flags("UnknownStudyProfile", {"--study-profile", "nonsense", "replica, clean"}, {"--study-profile", "nonsense"}),
      flags("OperatorFlag", {"--validation-fraction", "--task operator"}, {"--validation-fraction", "0.1"}),
      flags("OperatorLoss", {"--loss", "relative_l2", "--task operator", "mae, poisson"}, {"--loss", "relative_l2"}),
      flags("OperatorArchitecture", {"stable_fno", "--task operator", "stable_hybrid"},
            {"--architecture", "stable_fno"}),
      refused(2, "PtychographyFlagOfAnOperator", {"--loader-seed", "--task ptychography"},
              train_words({"--loader-seed", "1"})),
      flags("PtychographyPlateauWithoutValidation", {"ReduceLROnPlateau", "--test-data"},
            {"--scheduler", "ReduceLROnPlateau"}),
      train(2, "EightLevelsOf64", {"fno-blocks", "found 8", "1 to 7"}, {"--fno-blocks", "8"}, of_64()),
      train(2, "SevenStableLevelsOf64", {"fno-blocks", "found 7", "1 to 6"},
            {"--fno-blocks", "7", "--architecture", "stable_hybrid"}, of_64()),
      train(2, "ResNetWidthThatIsNotAMultipleOf4", {"resnet-width", "found 6"},
            {"--architecture", "hybrid_resnet", "--fno-blocks", "3", "--resnet-width", "6"}, made),
      train(2, "TwoBlocksOfHybridResnet", {"fno-blocks", "found 2"}, {"--architecture", "hybrid_resnet"}, made),

      refused(3, "PatternsMissing", {"set/train.npz"}, ptychography_words()),
      refused(3, "PairsInsteadOfPatterns", {"train.npz", "diffraction"}, ptychography_words({"--data", "train.npz"})),
      train(3, "NoDiffraction", {"set/train.npz", "diffraction"}, {},
            spoilt("train.npz", [](Arrays& a) { std::erase_if(a, [](auto& x) { return x.name == "diffraction"; }); })),
      train(3, "ProbeOfAnotherSize", {"set/train.npz", "'probeGuess'", "(8, 8)", "(16, 16)"}, {},
            spoilt("train.npz",
                   [](Arrays& a) {
                     array_of(a, "probeGuess") = make_host_array(std::vector<std::complex<float>>(64, 1.f), {8, 8});
                   })),
      train(3, "NanInThePatterns", {"set/train.npz", "'diffraction'", "nan", "(2, 1, 5, 0)"}, {},
            spoilt("train.npz", [](Arrays& a) { put_float(a, "diffraction", 2 * 256 + 16 + 5, std::nanf("")); })),
      train(3, "InfinityInTheTestPatterns", {"set/test.npz", "'diffraction'", "inf", "(0, 0, 1, 0)"}, tested,
            spoilt("test.npz",
                   [](Arrays& a) { put_float(a, "diffraction", 1, std::numeric_limits<float>::infinity()); })),
      train(3, "TestPatternsOfAnotherSize", {"other/test.npz", "8 x 8", "16 x 16"}, {"--test-data", "other/test.npz"},
            both(made, grid_lines_made({"--N", "8", "--output", "other"}))),
      train(3, "NumberOfTestImagesMissing", {"set/test.npz", "nimgs_test", "--nimgs-test"}, tested,
            spoilt("test.npz", forget("nimgs_test"))),
      train(3, "StepOfTheTestScanMissing", {"set/test.npz", "outer_offset_test", "--outer-offset-test"}, tested,
            spoilt("test.npz", forget("outer_offset_test"))),
      train(2, "NumberOfTestImagesWrong", {"--nimgs-test", "found 2", "set/test.npz says 1"},
            {"--test-data", "set/test.npz", "--nimgs-test", "2"}, made),
      train(3, "TestScaleMissing", {"set/train.npz"}, {"--test-data", "set/train.npz"}, made),
      train(4, "CountsInsteadOfAmplitudes",
            {"physics gate", "set/train.npz", "counts instead of amplitudes", "--no-gate"}, {},
            spoilt("train.npz", counts())),
      train(4, "AnotherProbeOfTheSameSize", {"physics gate", "set/train.npz", "another probe"}, {},
            spoilt("train.npz", [](Arrays& a) { scale_array(a, "probeGuess", 1.1f); })),
      train(4, "TestPatternsOfAnotherScale", {"physics gate", "set/test.npz"}, tested,
            spoilt("test.npz", [](Arrays& a) { scale_array(a, "norm_Y_I", 2); })),

      train(4, "DarkPatterns", {"physics gate", "set/train.npz", "49 dark", "sample 0", "--no-gate"}, {},
            spoilt("train.npz", [](Arrays& a) { scale_array(a, "diffraction", 0); })),
      train(4, "NegatedPatterns", {"physics gate", "set/train.npz", "at least 0"}, {},
            spoilt("train.npz", [](Arrays& a) { scale_array(a, "diffraction", -1); })),
      train(4, "TwoPixelsFarBelowZero", {"physics gate", "set/train.npz", "found -50", "(2, 0, 3, 0)"}, {},
            spoilt("train.npz",
                   [](Arrays& a) {
                     put_float(a, "diffraction", 2 * 256 + 3, -50);
                     put_float(a, "diffraction", 30 * 256, -50);
                   })),
      train(4, "DarkTestPatterns", {"physics gate", "set/test.npz", "169 dark"}, tested,
            spoilt("test.npz", [](Arrays& a) { scale_array(a, "diffraction", 0); })),

      scan(4, "ScanWithADarkPattern", {"physics gate", "scan.npz", "1 pattern of 40 dark", "sample 6"}, {},
           [](Arrays& a) {
             for (std::size_t i = 6 * 256; i < 7 * 256; ++i) put_float(a, "diffraction", i, 0);
           }),
      scan(4, "ScanBelowZero", {"physics gate", "scan.npz", "-50 at index (2, 1, 4)", "--no-gate"}, {},
           [](Arrays& a) { put_float(a, "diffraction", 2 * 256 + 20, -50); }),
      scan(3, "NanInAScan", {"scan.npz", "'diffraction'", "nan at index (2, 1, 4)", "mask"}, {},
           [](Arrays& a) { put_float(a, "diffraction", 2 * 256 + 20, std::nanf("")); }),
      scan(3, "ScanWithoutAProbe", {"scan.npz", "no probe", "--probe"}, {},
           [](Arrays& a) { std::erase_if(a, [](auto& x) { return x.name == "probeGuess"; }); }),
      scan(3, "ScanWithoutPositions", {"scan.npz", "'diffraction'", "xcoords", "fno convert"}, {},
           [](Arrays& a) { std::erase_if(a, [](auto& x) { return x.name == "xcoords"; }); }),
      scan(3, "ScanOfFewerPositions", {"scan.npz", "(40, 16, 16)", "2 positions"}, {},
           [](Arrays& a) {
             for (const char* name : {"xcoords", "ycoords"})
               array_of(a, name) = make_host_array(std::vector<double>{20, 21}, {2});
           }),
      scan(3, "MaskOfEveryPixel", {"scan.npz", "'mask'", "every pixel", "--masked"}, {"--masked", "ones"},
           [](Arrays& a) {
             a.push_back({"mask", make_host_array(std::vector<std::uint8_t>(256, 1), {16, 16})});
           }),
      scan(3, "ProbeFileOfAScanWithoutAProbe", {"train.npz", "no probe"}, {"--probe", "train.npz"}, {}),
      scan(2, "UnknownKindOfDiffraction", {"--measured", "found photons", "amplitudes", "intensities"},
           {"--measured", "photons"}, {}),
      scan(2, "PixelOfNoSize", {"--pixel-size", "found 0"}, {"--pixel-size", "0"}, {}),
      train(3, "ScanBesideASimulatedSet", {"scan.npz", "measurement", "set/train.npz"}, {"--test-data", "scan.npz"},
            both(made, scan_made())),

      evaluate(3, "EvaluateARunOfPatternsOnPairs", {"train.npz", "diffraction"}, "train.npz", run),
      evaluate(3, "EvaluateARunOfPatternsOnOthers", {"other/test.npz", "8 x 8", "16 x 16"}, "other/test.npz",
               both(run, grid_lines_made({"--N", "8", "--output", "other"}))),
      evaluate(3, "EvaluateARunOfPatternsOnTrainingPatterns", {"set/train.npz"}, "set/train.npz", run),
      evaluate(3, "EvaluateARunOfPairsOnPatterns", {"set/test.npz", "'x'"}, "set/test.npz", both(made, trained())),

      refused(2, "EvaluateARunOfPatternsWithALayout", {"--layout belongs to --task operator"},
              {"evaluate", "--run", "run", "--data", "set/test.npz", "--layout", "nchw"}, run),

      simulate(2, "GroupsOfPatches", {"--gridsize", "2"}, {"--gridsize", "2"}),
      simulate(2, "OddPatch", {"--N", "15"}, {"--N", "15"}),
      simulate(2, "PatchLargerThanTheObject", {"--size"}, {"--N", "80"}),
      simulate(2, "OddStep", {"--outer-offset-train", "7"}, {"--outer-offset-train", "7"}),
      simulate(2, "NoPhotons", {"--nphotons", "found 0"}, {"--nphotons", "0"}),
      simulate(2, "MorePatchesThanThereAre", {"--patches-train", "50"}, {"--patches-train", "50"}),
      simulate(2, "CustomProbeWithoutAFile", {"--probe-source", "--probe-npz"}, {"--probe-source", "custom"}),
      simulate(3, "ProbeFileMissing", {"none.npz"}, {"--probe-npz", "none.npz"}),
      simulate(3, "ProbeFileWithoutAProbe", {"train.npz", "probeGuess"}, {"--probe-npz", "train.npz"}),
      simulate(3, "ProbeFileOfAnotherSize", {"probe.npz", "8", "16"}, {"--probe-npz", "probe.npz"}, probe_file(8)),
      simulate(2, "SetOfOtherPhotons", {"nphotons", "asked for", "--nphotons"}, {"--nphotons", "1e8"}, made),
      simulate(2, "SetWithoutPhase", {"set_phi", "asked for true", "--set-phi"}, {"--set-phi"}, made),
      simulate(2, "SetOfOtherNoise", {"noise_seed", "asked for 1"}, {"--noise-seed", "1"}, made),
      simulate(3, "SetThatWasChanged", {"set/train.npz", "SHA-256"}, {},
               spoilt("train.npz", [](Arrays& a) { scale_array(a, "diffraction", 2); })),
      simulate(6, "SetBelowAFile", {"train.npz"}, {"--output", "train.npz/set"}),
      simulate(6, "SetNotWritable", {"/proc"}, {"--output", "/proc/set"}),
  };
}

}  // namespace fno::test
