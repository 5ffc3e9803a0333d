#include "tools/tasks/ptychography/recon.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <numbers>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/support/expect_error.h"
#include "tools/files/npz.h"

namespace fno::ptychography {
namespace {

using fno::test::throws_error;

class Recon : public ::testing::Test {
 protected:
  Recon() : folder_(std::filesystem::temp_directory_path() / ("fno_recon_" + std::to_string(getpid()))) {}
  ~Recon() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

TEST_F(Recon, HoldsTheObjectItsAmplitudeAndItsPhase) {
  const ComplexImage image{2, 3, {{3, 4}, {-2, 0}, {0, 1}, {1, 0}, {0, 0}, {0, -5}}};
  const std::string file = path("recons/gt/recon.npz");
  write_recon(file, image);
  const NpzReader reader(file);
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"YY_pred", "amp", "phase"}));
  EXPECT_EQ(reader.read("YY_pred").type, HostType::c64);
  EXPECT_EQ(reader.read("phase").shape, (std::vector<std::int64_t>{2, 3}));
  const auto amp = reader.read("amp"), phase = reader.read("phase");
  const std::vector<float> amps{5, 2, 1, 1, 0, 5};
  EXPECT_TRUE(std::equal(amps.begin(), amps.end(), amp.values<float>().begin()));
  const double pi = std::numbers::pi;
  const std::vector<double> phases{std::atan2(4, 3), pi, pi / 2, 0, 0, -pi / 2};
  for (std::size_t i = 0; i < phases.size(); ++i) EXPECT_NEAR(phase.values<float>()[i], phases[i], 1e-6);

  const ComplexImage back = read_recon(file);
  EXPECT_EQ(back.rows, 2);
  EXPECT_EQ(back.cols, 3);
  EXPECT_EQ(back.values, image.values);
}

TEST_F(Recon, RefusesOtherFiles) {
  EXPECT_TRUE(throws_error(ErrorKind::data, "absent.npz", [&] { static_cast<void>(read_recon(path("absent.npz"))); }));
  std::filesystem::create_directories(folder_);
  const std::vector<NamedArray> flat{{"YY_pred", make_host_array(std::vector<std::complex<float>>(4), {4})}};
  write_npz(path("flat.npz"), flat, false);
  EXPECT_TRUE(
      throws_error(ErrorKind::data, "has shape (4,)", [&] { static_cast<void>(read_recon(path("flat.npz"))); }));
  const std::vector<NamedArray> real{{"YY_pred", make_host_array(std::vector<float>(4), {2, 2})}};
  write_npz(path("real.npz"), real, false);
  EXPECT_TRUE(throws_error(ErrorKind::data, "YY_pred", [&] { static_cast<void>(read_recon(path("real.npz"))); }));
}

}  // namespace
}  // namespace fno::ptychography
