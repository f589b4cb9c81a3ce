package dev.litehaven.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A resource that is made anew right after it was deleted, as {@code kubectl replace --force} does.
 * JOSDK 5.3 tells of both in one look, in which it schedules nothing, and forgets the resource
 * afterwards; so it is brought back here.
 */
public final class Reborn<P extends HasMetadata> extends AbstractEventSource<P, P> {
  /** By then the look that told of the deletion is over. */
  private static final Executor SOON = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

  public Reborn(Class<P> type) {
    super(type, "reborn");
  }

  /** This one and others. */
  public List<EventSource<?, P>> and(List<EventSource<?, P>> others) {
    List<EventSource<?, P>> all = new ArrayList<>(others);
    all.add(this);
    return all;
  }

  /**
   * To be called in each look.
   *
   * @param live as it is now; empty: it is gone
   */
  public void check(Context<P> context, Optional<P> live) {
    if (context.isPrimaryResourceDeleted()) {
      live.ifPresent(
          resource ->
              SOON.execute(
                  () -> {
                    if (isRunning()) {
                      getEventHandler()
                          .handleEvent(
                              new ResourceEvent(
                                  ResourceAction.UPDATED,
                                  ResourceID.fromResource(resource),
                                  resource));
                    }
                  }));
    }
  }

  @Override
  public Set<P> getSecondaryResources(P primary) {
    return Set.of();
  }
}
