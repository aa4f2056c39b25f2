import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import type { DigitalOceanRegistrySettings } from "../config/digitalocean.ts";

/** The registry of images and of signed trees, with a login that may pull from it and nothing else. */
export class ImageRegistry extends pulumi.ComponentResource {
  /** Such as `registry.digitalocean.com/acme`. */
  readonly host: pulumi.Output<string>;
  /** docker's config.json with the login; a secret. */
  readonly pullLogin: pulumi.Output<string>;

  constructor(resourceName: string, { name, region, tier }: DigitalOceanRegistrySettings, options: pulumi.ComponentResourceOptions = {}) {
    super("fogline:dayZero:ImageRegistry", resourceName, {}, options);
    // What clusters run is pulled from here again after every loss of a node: deleting it by accident would stop the fleet.
    const registry = new digitalocean.ContainerRegistry(resourceName, { name, region, subscriptionTierSlug: tier }, { parent: this, protect: true });
    const login = new digitalocean.ContainerRegistryDockerCredentials(
      resourceName,
      { registryName: registry.name, write: false },
      { parent: this, additionalSecretOutputs: ["dockerCredentials"] },
    );
    this.host = registry.endpoint;
    this.pullLogin = pulumi.secret(login.dockerCredentials);
    this.registerOutputs({});
  }
}
