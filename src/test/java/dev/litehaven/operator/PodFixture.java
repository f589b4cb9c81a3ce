package dev.litehaven.operator;

import dev.litehaven.operator.volume.VolumeUse;
import java.util.List;
import java.util.Optional;

/** What every pod is made with, where a test is about something else. */
public final class PodFixture {
  public static final Settings SETTINGS =
      new Settings("test", "shop", List.of(), "litehaven:1", "Always", false, "lease");

  /** A claim that nobody mounts. */
  public static final VolumeUse NOBODYS =
      new VolumeUse(
          Optional.of(new VolumeUse.Claim("data", "uid-claim", true, false, false)),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          VolumeUse.Mount.DEFAULT);

  private PodFixture() {}
}
