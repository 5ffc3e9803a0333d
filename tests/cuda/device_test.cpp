#include "cuda/device.h"

#include <gtest/gtest.h>

#include "framework/error.h"

// What is compiled in decides what is tested; on every machine each name opens or says in one line why it does not.
namespace fno {
namespace {

std::string name_or_error(Device (*open)()) {
  try {
    return open().name();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
}

TEST(CudaDevice, RealOneOpensOrSaysWhyNot) {
  const std::string got = name_or_error([] { return open_cuda_device(0); });
  if (!FNO_HAS_CUDA) {
    EXPECT_EQ(got, "cuda:0: this program was built without CUDA; build it with -DFNO_CUDA=ON");
  } else if (got != "cuda:0") {
    EXPECT_EQ(got.find("cuda:0: no CUDA device can be used on this machine; cudaGetDeviceCount: "), 0u) << got;
  }
}

TEST(CudaDevice, EmulatedOneOpensOrSaysWhyNot) {
  const std::string got = name_or_error([] { return open_emulated_device(); });
  if (FNO_HAS_CUDA_EMULATION) {
    EXPECT_EQ(got, "cuda-emulated");
  } else {
    EXPECT_EQ(got,
              "cuda-emulated: this program was built without the emulation of CUDA; build it with "
              "-DFNO_CUDA_EMULATION=ON");
  }
}

}  // namespace
}  // namespace fno
