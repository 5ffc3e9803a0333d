#include "tools/tasks/ptychography/figures.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <unistd.h>

#include "tests/support/expect_error.h"
#include "tests/tools/report/png_reader.h"
#include "tests/tools/tasks/ptychography/test_truth.h"

namespace fno::ptychography {
namespace {

using fno::test::throws_error;
using report::Colormap;
using report::Image;
using report::Limits;
using report::Rgb;

LabelledRecon model_of(const ComplexImage& truth, const std::string& label, const ComplexImage& image) {
  return {label, image, score(truth, image)};
}

// All colours of a part of a picture.
std::set<std::tuple<int, int, int>> colors_in(const Image& image, int left, int top, int width, int height) {
  std::set<std::tuple<int, int, int>> found;
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x) {
      const Rgb c = image.at(x, y);
      found.insert({c.r, c.g, c.b});
    }
  return found;
}

TEST(InnerLimits, LeaveTheBorderOut) {
  RealImage image = filled_image(80, 80, 1.0);
  image.at(40, 40) = 2;
  image.at(4, 4) = 3;  // the first pixel inside a border of 64/16
  image.at(3, 40) = 100;
  image.at(40, 76) = -100;
  EXPECT_EQ(inner_limits(image, 64), (Limits{1, 3}));
  EXPECT_EQ(inner_limits(image, 0), (Limits{-100, 100}));
  image.at(40, 41) = NAN;
  EXPECT_EQ(inner_limits(image, 64), (Limits{1, 3}));
  // Never more than 32 pixels, and never all of the image.
  EXPECT_EQ(inner_limits(image, 1 << 20), (Limits{1, 2}));
  EXPECT_EQ(inner_limits(filled_image(3, 3, 5.0), 1024), (Limits{5, 5}));
  EXPECT_EQ(inner_limits(filled_image(3, 3, double{NAN}), 0), (Limits{0, 0}));
}

TEST(InnerLimits, RoundingIsNotStretched) {
  RealImage image = filled_image(8, 8, 2.889509);
  image.at(4, 4) += 1e-7;
  const Limits limits = inner_limits(image, 0);
  EXPECT_EQ(limits.low, limits.high);
}

TEST(Figures, ComparisonHasAColumnForEveryImage) {
  const ComplexImage truth = cropped(test::test_truth(true), 0, 0, 60, 60);
  const std::vector<LabelledRecon> models{model_of(truth, "pinn_hybrid", test::noisy(truth, 0.1)),
                                          model_of(truth, "pinn_fno", filled_image(60, 60, std::complex<float>(1)))};
  const int one = truth_amp_phase(truth).width;
  const Image without = compare_amp_phase(truth, models, {}, 64);
  const Image with = compare_amp_phase(truth, models, ComplexImage{4, 4, std::vector<std::complex<float>>(16, 1)}, 64);
  EXPECT_EQ(without.width, 3 * (one - 20) + 20);
  EXPECT_EQ(with.width, without.width + 320 + 20);
  EXPECT_EQ(amp_phase(truth, models[0], 64).width, one);
  EXPECT_EQ(amp_phase_error(truth, models[0], 64).width, 2 * one - 20);
  // The constant's panels have one colour, the middle of each map; the noisy one's many.
  const int pitch = one - 20, top = 110;
  EXPECT_EQ(colors_in(without, 20 + 2 * pitch, top, 300, 200).size(), 1U);
  EXPECT_GT(colors_in(without, 20 + pitch, top, 300, 200).size(), 50U);
  EXPECT_EQ(without.at(30 + 2 * pitch, top), report::color_at(Colormap::viridis, 0.5));
  EXPECT_EQ(without.at(30 + 2 * pitch, without.height - 100), report::color_at(Colormap::twilight, 0.5));
  EXPECT_TRUE(throws_error(ErrorKind::config, "must have one size", [&] {
    static_cast<void>(amp_phase(truth, {"x", filled_image(59, 60, std::complex<float>(1)), {}}, 64));
  }));
}

TEST(Figures, AnErrorOfNothingIsBlack) {
  const ComplexImage truth = cropped(test::test_truth(), 0, 0, 60, 60);
  const Image image = amp_phase_error(truth, model_of(truth, "same", truth), 64);
  const Rgb zero = report::color_at(Colormap::magma, 0);
  EXPECT_EQ(image.at(image.width - 100, 200), zero);
  EXPECT_EQ(image.at(image.width - 100, image.height - 100), zero);
}

TEST(Figures, RingPlotsHaveGuidesAndLeaveOutWhatIsNot) {
  const ComplexImage truth = cropped(test::test_truth(), 0, 0, 60, 60),
                     other = cropped(test::test_truth(true), 0, 0, 60, 60);
  const std::vector<LabelledRecon> real{model_of(truth, "m", test::noisy(truth, 0.1))};
  const std::vector<report::Plot> plots = frc_plots(real);
  ASSERT_EQ(plots.size(), 1U);  // the phase of a real truth has no curve
  ASSERT_EQ(plots[0].series.size(), 3U);
  EXPECT_EQ(plots[0].series[0].y.size(), real[0].metrics.frc_amplitude->size());
  EXPECT_EQ(plots[0].series[0].x.front(), 0);
  EXPECT_EQ(plots[0].series[1].y.front(), 0.5);
  EXPECT_EQ(plots[0].series[2].y.front(), 1.0 / 7);
  EXPECT_EQ(plots[0].series[2].x.back(), plots[0].series[0].x.back());
  const std::vector<LabelledRecon> both{model_of(other, "m", test::noisy(other, 0.1))};
  EXPECT_EQ(frc_plots(both).size(), 2U);
}

TEST(Figures, SamplesOfAPageShareColoursAndNameTheirScores) {
  const ComplexImage truth = cropped(test::test_truth(true), 0, 0, 60, 60);
  const std::vector<LabelledRecon> models{model_of(truth, "m", test::noisy(truth, 0.1)),
                                          model_of(truth, "same", truth)};
  const std::vector<report::Sample> samples = reconstruction_samples(truth, models, 64);
  ASSERT_EQ(samples.size(), 2U);  // amplitude and phase
  for (const report::Sample& sample : samples) {
    ASSERT_EQ(sample.panels.size(), 5U);  // truth, two images, two errors
    const std::vector<Limits> limits = report::panel_limits(sample.panels);
    EXPECT_EQ(limits[0], limits[2]);
    EXPECT_EQ(limits[3], limits[4]);
    EXPECT_EQ(sample.panels[2].note, "SSIM 1");
    EXPECT_EQ(sample.panels[4].note, "MAE 0");
  }
  EXPECT_EQ(samples[1].panels[0].colormap, Colormap::twilight);
}

TEST(Figures, WritesEveryPicture) {
  const auto folder = std::filesystem::temp_directory_path() / ("fno_figures_" + std::to_string(getpid()));
  const ComplexImage truth = cropped(test::test_truth(), 0, 0, 60, 60);
  const ComplexImage noisy = test::noisy(truth, 0.1);
  write_figures(folder / "visuals", truth, {model_of(truth, "pinn_hybrid", noisy), model_of(truth, "pinn_fno", noisy)},
                {}, 64);
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "visuals")) {
    found.insert(entry.path().filename());
    if (entry.path().extension() != ".png") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_GT(report::test::read_png(bytes).width, 300) << entry.path();
  }
  EXPECT_EQ(found, (std::set<std::string>{"compare_amp_phase.png", "amp_phase_gt.png", "amp_phase_pinn_hybrid.png",
                                          "amp_phase_pinn_fno.png", "amp_phase_error_pinn_hybrid.png",
                                          "amp_phase_error_pinn_fno.png", "frc_curves.png", "frc_curves.svg"}));
  std::filesystem::remove_all(folder);
}

TEST(Figures, OrderOfTheModels) {
  const std::vector<std::string> order{"gt",
                                       "pinn",
                                       "baseline",
                                       "pinn_fno",
                                       "pinn_hybrid",
                                       "pinn_stable_hybrid",
                                       "pinn_fno_vanilla",
                                       "pinn_hybrid_resnet"};
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(figure_place(order[i]), static_cast<int>(i));
  EXPECT_EQ(figure_place("pinn_ffno"), static_cast<int>(order.size()));
}

}  // namespace
}  // namespace fno::ptychography
