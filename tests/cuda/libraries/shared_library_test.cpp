#include "cuda/libraries/shared_library.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>

#include "cuda/device.h"
#include "cuda/libraries/vendor.h"
#include "framework/error.h"
#include "tests/cuda/orders.h"

// What happens where a library is missing, broken, of another kind, or refuses; and the order of the search.
namespace fno::cuda_test {
namespace {

namespace fs = std::filesystem;
using cuda::VendorLibraries;

// Sets or removes a variable for a scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) const { (void)(value != nullptr ? setenv(name_, value, 1) : unsetenv(name_)); }
  const char* name_;
  std::optional<std::string> before_;
};

class Libraries : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }
  const fs::path folder = fs::path(testing::TempDir()) / ("fno_libraries_" + std::to_string(getpid()));
};

std::string error_of(ErrorKind kind, const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "no error";
}

TEST_F(Libraries, VersionsAndPathsAreRead) {
  const auto blas = cuda::load_cublas();
  EXPECT_EQ(blas.problem, "");
  EXPECT_EQ(blas.version, "13.98.76");
  EXPECT_EQ(blas.path, std::string(std::getenv("FNO_CUDA_LIBRARY_PATH")) + "/libcublas.so.13");
  EXPECT_EQ(cuda::load_cufft().version, "12.3.45");
  EXPECT_EQ(cuda::load_cudnn().version, "9.12.5");
}

TEST_F(Libraries, AMissingFileIsNamedWithThePlacesLookedAt) {
  const Variable path("FNO_CUDA_LIBRARY_PATH", "/nowhere");
  EXPECT_EQ(cuda::load_cublas().problem, "libcublas.so.13 not found in FNO_CUDA_LIBRARY_PATH, /nowhere");
  const Variable none("FNO_CUDA_LIBRARY_PATH", nullptr), home("CUDA_HOME", "/no/home"), other("CUDA_PATH", nullptr);
  EXPECT_EQ(cuda::SharedLibrary("libfno_absent.so.1").problem(),
            "libfno_absent.so.1 not found by the loader nor in /no/home/lib64, /no/home/lib, /usr/local/cuda/lib64, "
            "/usr/local/cuda/lib");
}

TEST_F(Libraries, CudaHomeIsSearched) {
  fs::create_directories(folder / "lib");
  fs::copy_file(fs::path(std::getenv("FNO_CUDA_LIBRARY_PATH")) / "libcufft.so.12", folder / "lib" / "libfno_here.so.1");
  const Variable none("FNO_CUDA_LIBRARY_PATH", nullptr), home("CUDA_HOME", folder.c_str());
  const cuda::SharedLibrary library("libfno_here.so.1");
  EXPECT_TRUE(library.is_open()) << library.problem();
  EXPECT_EQ(library.path(), (folder / "lib" / "libfno_here.so.1").string());
}

TEST_F(Libraries, AFileThatIsNoLibraryIsSaidToBe) {
  std::ofstream(folder / "libcudnn.so.9") << "text";
  const Variable path("FNO_CUDA_LIBRARY_PATH", folder.c_str());
  const std::string problem = cuda::load_cudnn().problem;
  EXPECT_EQ(problem.find("libcudnn.so.9: "), 0u) << problem;
  EXPECT_NE(problem.find("file too short"), std::string::npos) << problem;
}

TEST_F(Libraries, AMissingFunctionIsNamed) {
  fs::copy_file(fs::path(std::getenv("FNO_CUDA_LIBRARY_PATH")) / "libcufft.so.12", folder / "libcublas.so.13");
  const Variable path("FNO_CUDA_LIBRARY_PATH", folder.c_str());
  EXPECT_EQ(cuda::load_cublas().problem,
            (folder / "libcublas.so.13").string() + " lacks the function cublasGetProperty");
}

// Not run on anything: that they load, have every function and know their versions is all there is without a GPU.
TEST_F(Libraries, TheToolkitsOwnResolveWhereInstalled) {
  if (slow_build()) GTEST_SKIP() << "a sanitizer would look at libraries that are not ours";
  const Variable none("FNO_CUDA_LIBRARY_PATH", nullptr);
  const auto blas = cuda::load_cublas();
  const auto fft = cuda::load_cufft();
  const auto dnn = cuda::load_cudnn();
  int found = 0;
  const auto look = [&](const auto& library) {
    if (library.problem.find(" not found by the loader") != std::string::npos) return;
    ++found;
    EXPECT_EQ(library.problem, "");
    EXPECT_NE(library.version, "");
  };
  look(blas), look(fft), look(dnn);
  if (found == 0) GTEST_SKIP() << blas.problem;
}

// A job that cuBLAS is expected to win, and one for cuDNN: its kernel has three points.
template <class Job>
struct Case {
  ConvGeometry g{.batch = 1,
                 .in = 64,
                 .out = 64,
                 .size = {1, 1, 4},
                 .kernel = {1, 1, std::is_same_v<Job, Conv<float>> ? 1 : 3},
                 .stride = {1, 1, 1},
                 .padding = {0, 0, std::is_same_v<Job, Conv<float>> ? 0 : 1},
                 .out_size = {1, 1, 4}};
  std::vector<float> x = std::vector<float>(256, 1.0f), w = std::vector<float>(64 * 64 * 3, 0.5f),
                     y = std::vector<float>(64 * 64 * 3);
};

class Refusals : public testing::Test {
 protected:
  [[nodiscard]] bool pointwise(CudaLibraries choice) {
    VendorLibraries libraries(context, choice);
    return libraries.run(Conv<float>{one.g, one.x.data(), one.w.data(), nullptr, one.y.data()});
  }
  [[nodiscard]] bool three_points(CudaLibraries choice) {
    VendorLibraries libraries(context, choice);
    return libraries.run(ConvWeightGrad<float>{three.g, three.x.data(), three.x.data(), three.y.data()});
  }
  cuda::Context context{0, device_name()};
  Case<Conv<float>> one;
  Case<ConvWeightGrad<float>> three;
};

TEST_F(Refusals, NoneWhereAllIsWell) {
  EXPECT_TRUE(pointwise(CudaLibraries::vendor));
  EXPECT_EQ(one.y[0], 32.0f);  // 64 channels of 1 · 0.5
  EXPECT_TRUE(pointwise(CudaLibraries::automatic));
  EXPECT_FALSE(pointwise(CudaLibraries::own));
  EXPECT_TRUE(three_points(CudaLibraries::vendor));
}

TEST_F(Refusals, OfCublasGoToOurKernelOrAreErrors) {
  const Variable refuses("FNO_FAKE_CUBLAS_CREATE", "1");
  EXPECT_FALSE(pointwise(CudaLibraries::automatic));
  EXPECT_EQ(error_of(ErrorKind::device, [&] { (void)pointwise(CudaLibraries::vendor); }),
            "vendor libraries: cuBLAS: cublasCreate: as the test asked (status 1)");
}

TEST_F(Refusals, OfCudnnGoToOurKernelOrAreErrors) {
  const Variable refuses("FNO_FAKE_CUDNN_WORKSPACE", "3000");
  EXPECT_FALSE(three_points(CudaLibraries::automatic));
  EXPECT_EQ(error_of(ErrorKind::device, [&] { (void)three_points(CudaLibraries::vendor); }),
            "vendor libraries: cuDNN: cudnnGetConvolutionBackwardFilterWorkspaceSize: as the test asked "
            "(status 3000)");
}

// Narrow ones are not expected to win.
TEST_F(Refusals, NarrowConvolutionsStayOursWithAuto) {
  one.g.in = one.g.out = 63;
  EXPECT_FALSE(pointwise(CudaLibraries::automatic));
  EXPECT_TRUE(pointwise(CudaLibraries::vendor));
}

// Through the device, as everything above the backend meets it. Oracle: arithmetic.
TEST(VendorBackend, TheDeviceHasTheChoice) {
  const Device device = open_emulated_device(CudaLibraries::vendor);
  Case<Conv<float>> one;
  const Variable refuses("FNO_FAKE_CUBLAS_CREATE", "1");
  const auto act = [&] { device.run(Conv<float>{one.g, one.x.data(), one.w.data(), nullptr, one.y.data()}); };
  EXPECT_EQ(error_of(ErrorKind::device, act), "vendor libraries: cuBLAS: cublasCreate: as the test asked (status 1)");
}

}  // namespace
}  // namespace fno::cuda_test
