#pragma once

#include <gtest/gtest.h>
#include <png.h>
#include <string>

#include "tools/report/image.h"

namespace fno::report::test {

/// Decodes with libpng.
inline Image read_png(const std::string& bytes) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) {
    ADD_FAILURE() << "not a PNG: " << png.message;
    return {1, 1};
  }
  png.format = PNG_FORMAT_RGB;
  Image image(static_cast<int>(png.width), static_cast<int>(png.height));
  EXPECT_NE(png_image_finish_read(&png, nullptr, image.rgb.data(), 0, nullptr), 0) << png.message;
  return image;
}

}  // namespace fno::report::test
