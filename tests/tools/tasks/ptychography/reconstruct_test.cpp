#include "tools/tasks/ptychography/reconstruct.h"

#include <gtest/gtest.h>

#include "tests/tools/tasks/ptychography/small_set.h"

namespace fno::ptychography {
namespace {

using training::throws_error;

class Reconstruct : public training::InFolder {
 protected:
  PtychoData test_data() {
    GridLines settings = small_set();
    settings.nimgs_test = 2;
    settings.set_phi = true;
    return read_dataset(simulate(settings, path("set")).test);
  }
};

TEST_F(Reconstruct, SamplesAreThePatternsAndTheirOwnTargets) {
  const PtychoData data = test_data();
  const training::SampleSource source = samples_of(data);
  EXPECT_EQ(source.samples, 338);
  EXPECT_EQ(source.x_shape, (Shape{1, 1, 16, 16}));
  EXPECT_EQ(source.x.held().data(), data.diffraction.data());
  EXPECT_TRUE(source.y.empty());
}

TEST_F(Reconstruct, TruePatchesGiveTheObjectBack) {
  const PtychoData data = test_data();
  const TestScan scan(data);
  EXPECT_EQ(scan.patterns(), 169);  // of the first image
  EXPECT_EQ(scan.truth().rows, 52);
  // Tiles of 4 begin (16 - 4) / 2 = 6 pixels into the object.
  for (const int r : {0, 17, 51})
    for (const int c : {0, 30, 51})
      EXPECT_EQ(scan.truth().at(r, c), data.objects[static_cast<std::size_t>((r + 6) * 64 + c + 6)]);

  for (const std::int64_t batch : {1, 7, 16, 1000}) {
    const Recital perfect(true_patches(data, 4, 1 / *data.norm_Y_I));
    const ComplexImage image = reconstruct(perfect, data, scan, batch, cpu());
    ASSERT_EQ(image.values.size(), scan.truth().values.size());
    for (std::size_t i = 0; i < image.values.size(); ++i)
      ASSERT_LT(std::abs(image.values[i] - scan.truth().values[i]), 1e-5f) << batch << " " << i;
  }
}

TEST_F(Reconstruct, OnlyTheCentreOfAPatchCounts) {
  const PtychoData data = test_data();
  const TestScan scan(data);
  std::vector<float> patches = true_patches(data, 4, 1 / *data.norm_Y_I);
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const std::size_t r = i / 16 % 16, c = i % 16;
    if (r < 6 || r >= 10 || c < 6 || c >= 10) patches[i] = 1e6f;
  }
  const ComplexImage image = scan.assemble(patches);
  for (std::size_t i = 0; i < image.values.size(); ++i)
    ASSERT_LT(std::abs(image.values[i] - scan.truth().values[i]), 1e-5f) << i;
}

TEST_F(Reconstruct, AFileOfTheTruthAloneIsEnough) {
  const PtychoData data = test_data();
  PtychoData bare = data;
  bare.objects.clear();
  bare.images = bare.size = 0;
  const TestScan whole(data), scan(bare);
  EXPECT_EQ(scan.truth().values, whole.truth().values);
  EXPECT_EQ(scan.geometry().object_size, 64);
  EXPECT_EQ(scan.geometry().per_axis(), 13);
}

TEST_F(Reconstruct, AFileThatCannotBeStitchedIsRefused) {
  const PtychoData data = test_data();
  const auto refused = [&](const std::string& text, auto&& change) {
    PtychoData changed = data;
    change(changed);
    const auto scan = [&] { const TestScan s(changed); };
    EXPECT_TRUE(throws_error(ErrorKind::data, text, scan));
  };
  refused("found no nimgs_test in the metadata, accepted: a file that says it, or --nimgs-test",
          [](PtychoData& d) { d.metadata.nimgs_test.reset(); });
  refused("found no outer_offset_test in the metadata, accepted: a file that says it, or --outer-offset-test",
          [](PtychoData& d) { d.metadata.outer_offset_test.reset(); });
  refused("norm_Y_I", [](PtychoData& d) { d.norm_Y_I.reset(); });
  refused("patches a group", [](PtychoData& d) { d.C = 4; });
  refused("338 patterns of 3 images", [](PtychoData& d) { d.metadata.nimgs_test = 3; });
  refused(data.path + ": found 338 patterns an image, accepted: 169",
          [](PtychoData& d) { d.metadata.nimgs_test = 1; });  // twice as many patterns as the scan has
  refused(data.path + ": found ", [](PtychoData& d) { d.metadata.outer_offset_test = 10; });
  refused("outer_offset_test 7, it must be even", [](PtychoData& d) { d.metadata.outer_offset_test = 7; });
  refused("outer_offset_test 0, it must be even", [](PtychoData& d) { d.metadata.outer_offset_test = 0; });
  refused(data.path + ": found 338 patterns of 0 images", [](PtychoData& d) { d.metadata.nimgs_test = 0; });
}

}  // namespace
}  // namespace fno::ptychography
